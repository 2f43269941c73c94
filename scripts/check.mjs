/** Types, lint, format and dead code: green at every commit. The walls are a test (test/rooms.test.ts). */
import { isProgramStarted, main, npm, run } from './shell.mjs';

const FOLDERS = ['src', 'webview', 'test', 'scripts', 'bench', 'esbuild.mjs', 'vitest.config.ts'];
const CHECKS = [['tsc', '-b'], ['oxlint', ...FOLDERS], ['oxfmt', '--check', ...FOLDERS], ['knip']];

/**
 * Runs every check, whatever the others said.
 * @returns {Promise<import('./tally.mjs').Result[]>}
 */
export async function check() {
  const env = { ...process.env, npm_config_loglevel: 'error' };
  const results = [];
  for (const [tool = '', ...args] of CHECKS) {
    const started = performance.now();
    const { code } = await run(...npm(['exec', '--no', '--', tool, ...args]), { env });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok' : 'FAILED'}  ${tool} (${seconds} s)`);
    results.push({
      name: tool,
      outcome: code === 0 ? /** @type {const} */ ('passed') : /** @type {const} */ ('failed'),
    });
  }
  return results;
}

if (isProgramStarted(import.meta.url))
  await main(async () => ((await check()).every(({ outcome }) => outcome === 'passed') ? 0 : 1));
