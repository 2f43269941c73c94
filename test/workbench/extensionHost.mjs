/** Runs the suite inside a real extension host through @vscode/test-electron, and writes its results as JSON. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { ROOT, Refusal, main, say } from '../../scripts/shell.mjs';

const SUITE = join(ROOT, 'test', 'workbench', 'suite');
const FIXTURE = join(ROOT, 'test', 'workbench', 'fixture');
const COMPILED = join(ROOT, 'test-results', 'suite');
const STAND_IN = join(ROOT, 'test', 'workbench', 'code.mjs');
const DOWNLOADS = 'https://update.code.visualstudio.com/api/releases/stable';

/** The editor to test in: the one that is named, a download (undefined) where it works, else the stand-in. */
async function executable() {
  const named = process.env['VSCODE_EXECUTABLE_PATH'];
  if (named) return told(named, `VS Code at ${named}`);
  if (process.env['VALLEY_VSCODE_DOWNLOAD'] === '1' || (hasScreen() && (await canDownload())))
    return told(undefined, 'VS Code as downloaded by @vscode/test-electron');
  return told(STAND_IN, 'the VS Code workbench in Chromium (no screen here, or no download host in reach)');
}

/**
 * @template T
 * @param {T} value
 * @param {string} what
 */
function told(value, what) {
  say(`testing in ${what}.`);
  return value;
}

/** The desktop editor needs a screen; on Linux without one, \`xvfb-run npm test\` gives it one. */
function hasScreen() {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

async function canDownload() {
  try {
    return (await fetch(DOWNLOADS, { signal: AbortSignal.timeout(3000) })).ok;
  } catch (error) {
    say(`VS Code cannot be downloaded here (${error instanceof Error ? error.message : String(error)}).`);
    return false;
  }
}

/** Each test file by itself: mocha loads them one by one, with its own words in scope. */
async function compile() {
  rmSync(COMPILED, { recursive: true, force: true });
  await build({
    entryPoints: readdirSync(SUITE).map((name) => join(SUITE, name)),
    outdir: COMPILED,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

await main(async () => {
  const report = process.argv[2];
  if (!report) throw new Refusal('Name the file for the results.');
  await compile();
  const home = mkdtempSync(join(tmpdir(), 'valley-suite-'));
  const folder = join(home, 'workspace');
  mkdirSync(folder);
  cpSync(FIXTURE, folder, { recursive: true });
  try {
    const vscodeExecutablePath = await executable();
    return await runTests({
      ...(vscodeExecutablePath ? { vscodeExecutablePath } : {}),
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: join(COMPILED, 'index.cjs'),
      // A queue for devices of its own: a run that trains elsewhere on this machine must not hold the suite up.
      extensionTestsEnv: { VALLEY_SUITE_RESULTS: report, VALLEY_STATE_DIR: join(home, 'state') },
      launchArgs: [folder, `--user-data-dir=${join(home, 'user')}`, `--extensions-dir=${join(home, 'extensions')}`],
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
