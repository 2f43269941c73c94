import { describe, expect, test } from 'vitest';
import { closing, vitestResults } from '../../scripts/tally.mjs';

const assertion = (fullName: string, status: string) => ({
  fullName,
  status,
  failureMessages: ['Error: 1 is not 2\n at x'],
});
const report = (success: boolean, status: string, ...assertionResults: ReturnType<typeof assertion>[]) => ({
  success,
  testResults: [{ name: 'a.test.ts', status, message: 'cannot load', assertionResults }],
});

describe('a vitest report', () => {
  test('gives one result per test, with the first line of a failure', () => {
    expect(
      vitestResults(report(false, 'failed', assertion('adds', 'passed'), assertion('subtracts', 'failed'))),
    ).toEqual([
      { name: 'adds', outcome: 'passed' },
      { name: 'subtracts', outcome: 'failed', reason: 'Error: 1 is not 2' },
    ]);
  });

  test('counts a file that could not be loaded as a failure', () => {
    expect(vitestResults(report(false, 'failed'))).toEqual([
      { name: 'a.test.ts', outcome: 'failed', reason: 'cannot load' },
    ]);
  });

  test('counts an error outside of every test as a failure', () => {
    const results = vitestResults(report(false, 'passed', assertion('adds', 'passed')));
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'failed']);
  });

  test('lets a test be left out only for a device that it names', () => {
    const results = vitestResults(
      report(true, 'passed', assertion('is fast (needs a GPU)', 'pending'), assertion('is slow', 'skipped')),
    );
    expect(results).toEqual([
      { name: 'is fast (needs a GPU)', outcome: 'notRun', reason: 'needs a GPU' },
      { name: 'is slow', outcome: 'failed', reason: 'left out (skipped) without naming the device it needs' },
    ]);
  });
});

describe('the closing of npm test', () => {
  const passed = { name: 'a', outcome: 'passed' } as const;
  const failed = { name: 'b', outcome: 'failed', reason: 'because' } as const;
  const notRun = { name: 'c (needs a GPU)', outcome: 'notRun', reason: 'needs a GPU' } as const;

  test('adds all suites up, alone on the last line', () => {
    const { lines, failed: count } = closing([
      { name: 'unit', seconds: 61.2, results: [passed, passed, failed] },
      { name: 'workbench', seconds: 9, results: [passed, notRun] },
    ]);
    expect(count).toBe(1);
    expect(lines).toEqual([
      'failed: b: because',
      'not run: c (needs a GPU): needs a GPU',
      '',
      'suite      passed  failed  not run  time',
      'unit            2       1        0  61 s',
      'workbench       1       0        1   9 s',
      '',
      '3 passed, 1 failed',
    ]);
  });

  test('fails a suite in which no test ran', () => {
    const { lines, failed: count } = closing([
      { name: 'unit', seconds: 1, results: [passed] },
      { name: 'workbench', seconds: 1, results: [notRun] },
      { name: 'extension', seconds: 1, results: [] },
    ]);
    expect(count).toBe(2);
    expect(lines.at(-1)).toBe('1 passed, 2 failed');
    expect(lines).toContain('failed: extension: the suite ran no test');
  });
});
