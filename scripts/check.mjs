/** Types, lint, format and dead code: green at every commit. The walls are a test (test/rooms.test.ts). */
import { spawnSync } from 'node:child_process';

const folders = ['src', 'webview', 'test', 'scripts', 'esbuild.mjs', 'vitest.config.ts'];
const checks = [['tsc', '-b'], ['oxlint', ...folders], ['oxfmt', '--check', ...folders], ['knip']];
let failed = 0;
for (const [tool, ...args] of checks) {
  const started = performance.now();
  const { status } = spawnSync('npx', ['--no-install', tool, ...args], {
    stdio: 'inherit',
    env: { ...process.env, npm_config_loglevel: 'error' },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${tool} (${seconds} s)`);
  if (status !== 0) failed++;
}
process.exit(failed ? 1 : 0);
