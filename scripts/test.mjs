/** `npm test`: from an empty clone to counted results. Installs what is missing, runs every suite, ends with `N passed, N failed`. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './check.mjs';
import { ensure } from './ensure.mjs';
import { isProgramStarted, main, npm, ROOT, run, say } from './shell.mjs';
import { chromium, vulkan } from './systemPackages.mjs';
import { closing, vitestResults } from './tally.mjs';
import { workbench } from './workbench.mjs';

const RESULTS = join(ROOT, 'test-results');
const STORIES = join('test', 'workbench', 'vitest.config.ts');

/** @typedef {import('./tally.mjs').Result} Result */

/** The suites in their order, each with what it needs beyond the npm packages. `filters` name files. */
const SUITES = {
  check: { needs: [], run: check },
  unit: { needs: [chromium, vulkan], run: (/** @type {readonly string[]} */ filters) => vitest('unit', [], filters) },
  extension: { needs: [chromium, workbench], run: extensionHost },
  workbench: {
    needs: [chromium, workbench],
    run: (/** @type {readonly string[]} */ filters) => vitest('workbench', ['--config', STORIES], filters),
  },
};

/** @typedef {keyof typeof SUITES} SuiteName */

/**
 * Which suites to run, and which files of them: `unit`, `workbench` …, or the names of test files. Nothing means all.
 * @param {readonly string[]} args
 * @returns {{ suites: SuiteName[], filters: string[] }}
 */
export function parseTest(args) {
  const named = /** @type {SuiteName[]} */ (Object.keys(SUITES).filter((name) => args.includes(name)));
  const filters = args.filter((arg) => !Object.hasOwn(SUITES, arg));
  if (named.length > 0) return { suites: named, filters };
  if (filters.length === 0) return { suites: /** @type {SuiteName[]} */ (Object.keys(SUITES)), filters };
  const stories = filters.some((filter) => filter.includes('workbench') || filter.endsWith('.story.ts'));
  return { suites: [stories ? 'workbench' : 'unit'], filters };
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 * @param {readonly string[]} filters
 */
async function vitest(name, args, filters) {
  const report = join(RESULTS, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  await run(...npm(['exec', '--no', '--', 'vitest', 'run', ...args, ...reporters, ...filters]));
  if (!existsSync(report)) return [];
  return vitestResults(JSON.parse(readFileSync(report, 'utf8')));
}

/** @returns {Promise<Result[]>} */
async function extensionHost() {
  const report = join(RESULTS, 'extension.json');
  const { code } = await run(process.execPath, [join('test', 'workbench', 'extensionHost.mjs'), report]);
  /** @type {Result[]} */
  const results = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : [];
  if (code !== 0 && results.every(({ outcome }) => outcome === 'passed'))
    results.push({ name: 'the extension host', outcome: 'failed', reason: `exit code ${code}, see above` });
  return results;
}

/**
 * @param {SuiteName} name
 * @param {readonly string[]} filters
 */
async function timed(name, filters) {
  const { needs, run: runSuite } = SUITES[name];
  for (const need of needs) await need();
  say(`suite ${name}.`);
  const started = performance.now();
  const results = await runSuite(filters);
  return { name, seconds: (performance.now() - started) / 1000, results };
}

if (isProgramStarted(import.meta.url))
  await main(async () => {
    const { suites, filters } = parseTest(process.argv.slice(2));
    await ensure();
    rmSync(RESULTS, { recursive: true, force: true });
    mkdirSync(RESULTS, { recursive: true });
    const finished = [];
    for (const name of suites) finished.push(await timed(name, filters));
    const { lines, failed } = closing(finished);
    console.log(lines.join('\n'));
    return failed > 0 ? 1 : 0;
  });
