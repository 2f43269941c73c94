/** Counts tests: from the reports of the suites to the table and the closing line of `npm test`. */

/** @typedef {{ name: string, outcome: 'passed' | 'failed' | 'notRun', reason?: string }} Result `reason`: why it was not run or failed */
/** @typedef {{ name: string, seconds: number, results: readonly Result[] }} Suite */
/** @typedef {{ fullName: string, status: string, failureMessages?: readonly string[] | null }} Assertion */
/** @typedef {{ name: string, status: string, message?: string, assertionResults: readonly Assertion[] }} FileReport */
/** @typedef {{ success: boolean, testResults: readonly FileReport[] }} VitestReport */

/** A test may be left out only for a device that is absent, which it names: `… (needs a GPU)`. */
const NEEDS = /\(needs ([^)]+)\)/;

/**
 * The results in vitest's JSON report. A file that could not be loaded, and an error outside of every test, count as failed tests.
 * @param {VitestReport} report
 * @returns {Result[]}
 */
export function vitestResults(report) {
  const results = report.testResults.flatMap(fileResults);
  if (!report.success && results.every(({ outcome }) => outcome !== 'failed'))
    results.push({ name: 'vitest', outcome: 'failed', reason: 'an error outside of every test, see above' });
  return results;
}

/**
 * @param {FileReport} file
 * @returns {Result[]}
 */
function fileResults({ name, status, message, assertionResults }) {
  const results = assertionResults.map(assertionResult);
  if (status === 'failed' && results.every(({ outcome }) => outcome !== 'failed'))
    results.push({ name, outcome: 'failed', reason: message || 'the file failed outside of its tests' });
  return results;
}

/**
 * @param {Assertion} assertion
 * @returns {Result}
 */
function assertionResult({ fullName: name, status, failureMessages }) {
  if (status === 'passed') return { name, outcome: 'passed' };
  if (status === 'failed') return { name, outcome: 'failed', reason: failureMessages?.[0]?.split('\n')[0] ?? '' };
  const needs = NEEDS.exec(name)?.[1];
  if (needs) return { name, outcome: 'notRun', reason: `needs ${needs}` };
  return { name, outcome: 'failed', reason: `left out (${status}) without naming the device it needs` };
}

/**
 * How many results have an outcome.
 * @param {readonly Result[]} results
 * @param {Result['outcome']} outcome
 */
export function countOf(results, outcome) {
  return results.filter((result) => result.outcome === outcome).length;
}

/**
 * What `npm test` prints at its end: the failures, what was not run, the table, and alone on the last line the counts.
 * A suite without a test that ran counts as one failure.
 * @param {readonly Suite[]} suites
 * @returns {{ lines: string[], failed: number }}
 */
export function closing(suites) {
  const checked = suites.map(withoutSilence);
  const all = checked.flatMap(({ results }) => results);
  const failed = countOf(all, 'failed');
  const lines = [
    ...listed('failed', all, 'failed'),
    ...listed('not run', all, 'notRun'),
    ...table(checked),
    `${countOf(all, 'passed')} passed, ${failed} failed`,
  ];
  return { lines, failed };
}

/**
 * @param {Suite} suite
 * @returns {Suite}
 */
function withoutSilence(suite) {
  if (suite.results.some(({ outcome }) => outcome !== 'notRun')) return suite;
  const silent = { name: suite.name, outcome: /** @type {const} */ ('failed'), reason: 'the suite ran no test' };
  return { ...suite, results: [...suite.results, silent] };
}

/**
 * @param {string} word
 * @param {readonly Result[]} results
 * @param {Result['outcome']} outcome
 */
function listed(word, results, outcome) {
  const chosen = results.filter((result) => result.outcome === outcome);
  return chosen.map(({ name, reason }) => `${word}: ${name}${reason ? `: ${reason}` : ''}`);
}

/** @param {readonly Suite[]} suites */
function table(suites) {
  const rows = suites.map(({ name, seconds, results }) => [
    name,
    ...['passed', 'failed', 'notRun'].map((outcome) =>
      String(countOf(results, /** @type {Result['outcome']} */ (outcome))),
    ),
    `${seconds.toFixed(0)} s`,
  ]);
  const grid = [['suite', 'passed', 'failed', 'not run', 'time'], ...rows];
  const widths = grid[0]?.map((_, column) => Math.max(...grid.map((row) => row[column]?.length ?? 0))) ?? [];
  const cell = (/** @type {string} */ text, /** @type {number} */ column) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return ['', ...grid.map((row) => row.map(cell).join('  ')), ''];
}
