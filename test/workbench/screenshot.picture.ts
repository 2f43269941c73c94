import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/shell.mjs';
import { panelFrame, runCommand } from './browser.mjs';
import { Session } from './session.ts';

/** Share of the run that is done when the picture is taken. */
const MOMENT = Number(process.env['VALLEY_SCREENSHOT_AT'] ?? 60);

/** The picture of the README is a photograph: the main example in the real workbench, while it trains. */
test('the main example is photographed while it trains', async () => {
  const session = await Session.open({
    workspace: join(ROOT, 'examples'),
    open: 'arithmetic/sft.valley.jsonc',
    size: { width: 1600, height: 960 },
    settings: { 'editor.minimap.enabled': false, 'workbench.editor.showTabs': 'multiple', 'window.zoomLevel': 0 },
  });
  try {
    const { page } = session;
    await page.locator('.activitybar .action-label[aria-label^="Valley"]').click();
    await runCommand(page, 'Valley: Run This Config');
    const bar = panelFrame(page).locator('[role=progressbar]');
    const done = async (): Promise<number> => Number(await bar.getAttribute('aria-valuenow'));
    await expect.poll(done, { timeout: 900_000, interval: 500 }).toBeGreaterThanOrEqual(MOMENT);
    await panelFrame(page).locator('.latest-text').first().waitFor();
    await page.screenshot({ path: join(ROOT, 'media', 'screenshot.png') });
    await runCommand(page, 'Valley: Stop Run');
    await expect.poll(() => panelFrame(page).locator('.state-word').textContent(), { timeout: 60_000 }).toBe('stopped');
  } finally {
    await session.close();
  }
}, 1_200_000);
