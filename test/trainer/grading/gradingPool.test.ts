import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GRADING_LIMITS, GradingPool, type GradingLimits } from '../../../src/trainer/grading/gradingPool.ts';
import type { GradingJob } from '../../../src/trainer/grading/gradingMessages.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { buildPrograms } from '../../support/build.ts';
import { hostileAnswers, hostilePredictions } from '../../support/hostileAnswers.ts';
import { kill, until } from '../../support/runs.ts';

/** Processes of ours that run a program, by pid; Linux tells them. */
function childrenOf(parent: number, program: URL): number[] {
  const pids = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').map(Number);
  return pids.filter((pid) => pid > 0 && commandOf(pid).includes(fileURLToPath(program)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

let script = new URL('file:///');
const pools: GradingPool[] = [];

beforeAll(async () => {
  script = pathToFileURL((await buildPrograms()).gradingProcess);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function open(processes = 1, limits: GradingLimits = GRADING_LIMITS): GradingPool {
  const pool = new GradingPool({ script, processes, limits });
  pools.push(pool);
  return pool;
}

const job = (prediction: string, gold: string, more: Partial<GradingJob> = {}): GradingJob => ({
  grader: 'math',
  options: { isStrict: false, pattern: null },
  prediction,
  gold,
  ...more,
});
const regex = (pattern: string, prediction: string): GradingJob =>
  job(prediction, '7', { grader: 'regex', options: { isStrict: false, pattern } });

test('plain and other answers, in the order they were asked', async () => {
  const pool = open(2);
  const jobs = Array.from({ length: 600 }, (_, n) =>
    n % 3 === 0
      ? job(`\\boxed{${n}}`, String(n))
      : job(`\\boxed{\\frac{${n}}{${n % 7 === 0 ? 2 : 3}}}`, `\\frac{${2 * n}}{6}`),
  );
  const records = await Promise.all(jobs.map((each) => pool.grade(each)));
  expect(records.map(({ verdict }) => verdict)).toEqual(
    jobs.map((_, n) => (n % 3 !== 0 && n % 7 === 0 ? 'wrong' : 'correct')),
  );
  expect(records.every(({ ms, version }) => ms >= 0 && version === 1)).toBe(true);
});

test('processes that die, and 10,000 answers at once: every one has its verdict, in its place', async () => {
  const pool = open(2);
  const jobs = Array.from({ length: 10_000 }, (_, n) =>
    n % 25 === 0 ? job(`\\boxed{\\frac{${n}}{3}}`, `\\frac{${2 * n}}{6}`) : job(`\\boxed{${n}}`, String(n)),
  );
  const answering = Promise.all(jobs.map((each) => pool.grade(each)));
  const draws = randomSource(7, 'kills');
  let kills = 0;
  for (let round = 0; round < 4; round++) {
    await until(() => {
      if (childrenOf(process.pid, script).length === 0) throw new Error('no process yet');
    });
    const children = childrenOf(process.pid, script);
    const chosen = children[draws.integer(round, children.length)];
    if (chosen !== undefined && kill(chosen, 'SIGKILL')) kills++;
  }
  const records = await answering;
  expect(records).toHaveLength(jobs.length);
  const lost = records.filter(({ verdict }) => verdict !== 'correct');
  // What was in the hands of a process that died is not graded, and nothing else is touched.
  expect(lost.length).toBeLessThanOrEqual(kills);
  expect(lost.every(({ verdict }) => verdict === 'timeout' || verdict === 'error')).toBe(true);
}, 120_000);

describe('hostile texts', () => {
  const texts = [
    ...Object.entries(hostileAnswers).map(([name, inner]) => [name, `\\boxed{${inner}}`, inner] as const),
    ...Object.entries(hostilePredictions).map(([name, text]) => [name, text, '5'] as const),
  ];

  test('none is accepted, stops the pool for long, or ends the process', async () => {
    const pool = open();
    for (const [name, prediction, inner] of texts) {
      const asPrediction = await pool.grade(job(prediction, '42'));
      expect(['wrong', 'unparsed', 'timeout'], name).toContain(asPrediction.verdict);
      const asGold = await pool.grade(job('\\boxed{42}', inner));
      expect(['wrong', 'gold_unparsed', 'timeout', 'unparsed'], name).toContain(asGold.verdict);
      const asBoth = await pool.grade(job(prediction, inner));
      expect(asBoth.verdict, name).not.toBe('error');
    }
    expect((await pool.grade(job('\\boxed{\\frac12}', '0.5'))).verdict).toBe('correct');
  }, 60_000);

  test('a pattern that backtracks without end is a timeout, and the next answer has a process again', async () => {
    const pool = open();
    expect(await pool.grade(regex('^(a+)+$', `${'a'.repeat(60)}b`))).toMatchObject({
      verdict: 'timeout',
      rule: 'time',
    });
    expect(await pool.grade(regex('is (\\d+)', 'it is 3, no, it is 7'))).toMatchObject({
      verdict: 'correct',
      answer: '7',
    });
    expect(await pool.grade(regex('(', '7'))).toMatchObject({ verdict: 'error' });
  });

  test('a text that takes all memory ends its process alone', async () => {
    const pool = open(1, { judgeMs: 60_000, memoryMB: 8 });
    const large = await pool.grade(regex('(x)', 'x '.repeat(20_000_000)));
    expect(large).toMatchObject({ verdict: 'error', rule: 'memory' });
    expect((await pool.grade(regex('(\\d)', '7'))).verdict).toBe('correct');
  }, 90_000);
});

test('closing gives up what is under way: no verdict is made of it', async () => {
  const pool = open();
  const endless = pool.grade(regex('^(a+)+$', `${'a'.repeat(60)}b`));
  const waiting = pool.grade(regex('7', '7'));
  const both = Promise.allSettled([endless, waiting]);
  await pool.close();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(pool.grade(regex('7', '7'))).rejects.toThrow('closed');
});
