/** How `valley export` ends when a person does not wait for it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { exportModel } from '../../src/cli/commands/export.ts';
import { quietConsole } from '../support/quietConsole.ts';

const root = mkdtempSync(join(tmpdir(), 'valley-cli-export-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('Ctrl+C ends the trainer, leaves nothing half-written and exits with 130', { timeout: 30_000 }, async () => {
  const begun = join(root, `.out.${'ab'.repeat(6)}`);
  writeFileSync(
    join(root, 'trainer.mjs'),
    `import { mkdirSync } from 'node:fs';
    mkdirSync(${JSON.stringify(begun)});
    setInterval(() => {}, 1000);`,
  );
  mkdirSync(join(root, 'checkpoint'));
  writeFileSync(join(root, 'checkpoint', 'manifest.json'), '{}');
  let interrupt = (): void => undefined;
  const released = vi.fn();
  const ended = exportModel(
    { command: 'export', words: ['checkpoint', 'out'], options: {} },
    quietConsole(root, {
      onInterrupt: (callback) => {
        interrupt = callback;
        return released;
      },
    }),
  );
  await expect.poll(() => existsSync(begun), { timeout: 20_000 }).toBe(true);
  interrupt();
  expect(await ended).toBe(130);
  expect(readdirSync(root).toSorted()).toEqual(['checkpoint', 'trainer.mjs']);
  expect(released).toHaveBeenCalledOnce();
});
