import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeModalEditor, quickRow, runAndPick, runCommand } from './browser.mjs';
import { Session } from './session.ts';

describe('A folder that is not trusted', () => {
  let session: Session;
  beforeAll(async () => {
    const settings = { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' };
    session = await Session.open({ open: 'short.valley.jsonc', trust: false, settings });
  });
  afterAll(() => session?.close());

  test('starts no run, and says why', async () => {
    const { page } = session;
    await runCommand(page, 'Valley: Start Run');
    await page.locator('.notification-toast', { hasText: 'This folder is not trusted' }).waitFor();
    expect(await quickRow(page, 'short').isVisible()).toBe(false);
    expect(session.runFolders()).toEqual([]);
  });

  test('starts one as soon as it is trusted', async () => {
    const { page } = session;
    await page.locator('.notification-toast').getByText('Manage Workspace Trust').click();
    await page.getByRole('button', { name: 'Trust', exact: true }).click();
    await closeModalEditor(page);
    await runAndPick(page, 'Valley: Start Run', 'short');
    await expect.poll(() => session.runFolders().length, { timeout: 60_000 }).toBe(1);
  });
});
