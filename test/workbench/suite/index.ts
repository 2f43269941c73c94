/** Runs the compiled test files beside it with mocha inside the extension host, and writes down what came of them. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

interface Result {
  readonly name: string;
  readonly outcome: 'passed' | 'failed';
  readonly reason?: string;
}

/** Rejects if a test failed. The result file is the truth for the counts, the done file says that the end was reached. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 60_000, slow: 10_000 });
  for (const name of readdirSync(__dirname).filter((file) => file.endsWith('.test.cjs')))
    mocha.addFile(join(__dirname, name));
  const results: Result[] = [];
  await new Promise<void>((resolve) => {
    collect(
      mocha.run(() => resolve()),
      results,
    );
  });
  const { VALLEY_SUITE_RESULTS: report, VALLEY_SUITE_DONE: done } = process.env;
  if (report) writeFileSync(report, JSON.stringify(results, null, 2));
  if (done) writeFileSync(done, String(results.length));
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  if (failed > 0) throw new Error(`${failed} of ${results.length} tests in the extension host failed.`);
}

function collect(runner: Mocha.Runner, results: Result[]): void {
  runner.on('pass', (test) => results.push({ name: test.fullTitle(), outcome: 'passed' }));
  runner.on('fail', (test, error: Error) =>
    results.push({ name: test.fullTitle(), outcome: 'failed', reason: error.message }),
  );
  runner.on('pending', (test) => results.push({ name: test.fullTitle(), outcome: 'failed', reason: 'left out' }));
}
