import { describe, expect, test } from 'vitest';
import { chatFinding } from '../../../src/engine/chat/chatFinding.ts';
import { ExampleTally, type PreflightRow, type TallyOptions } from '../../../src/engine/preflight/exampleTally.ts';
import { preflightFindings, type PreflightFacts } from '../../../src/engine/preflight/preflightFindings.ts';
import type { PreflightFinding } from '../../../src/protocol/preflight.ts';
import { english } from '../../../src/protocol/sentence.ts';

const END = 9;
const OPTIONS: TallyOptions = { mostTokens: 8, onLongExample: 'drop', endTokens: [END], beginTokens: 0 };

/** A prompt of 3 tokens, `answer` tokens of completion, and the end token; only the completion is learned. */
function example(answer: number, change: Partial<{ prompt: number; end: number; learned: boolean }> = {}) {
  const { prompt = 3, end = END, learned = true } = change;
  const tokens = [...Array.from({ length: prompt }, () => 1), ...Array.from({ length: answer }, () => 2), end];
  const lossMask = tokens.map((_, place): 0 | 1 => (learned && place >= prompt ? 1 : 0));
  return { tokens, lossMask, promptLength: prompt, findings: [] };
}

const rowsOf = (examples: readonly ReturnType<typeof example>[]): PreflightRow[] =>
  examples.map((one, at) => ({ place: `data.jsonl:${at + 1}`, example: one }));

function tallied(rows: readonly PreflightRow[], options: Partial<TallyOptions> = {}) {
  const tally = new ExampleTally({ ...OPTIONS, ...options });
  for (const row of rows) tally.add(row);
  return tally.result();
}

/** Findings of sound facts, but for what a test plants. */
function findings(rows: readonly PreflightRow[], planted: Partial<PreflightFacts> = {}): readonly PreflightFinding[] {
  const onLongExample = planted.onLongExample ?? 'drop';
  return preflightFindings({
    kind: 'rows',
    source: { name: 'data.jsonl', looked: rows.length, rows: rows.length, isEstimate: false },
    mostTokens: OPTIONS.mostTokens,
    onLongExample,
    onBadRow: 'skip',
    statistics: tallied(rows, { onLongExample }),
    probe: [],
    overlap: { count: 0, first: '' },
    contamination: [],
    count: null,
    sequencesPerStep: 4,
    maxNewTokens: null,
    memory: { bytes: 1e9, machineBytes: 8e9 },
    isMemoryKnown: false,
    disk: { checkpointBytes: 1e6, checkpoints: 4, budgetBytes: 4e9, freeBytes: 1e10 },
    paths: { data: ['data', 'path'], limit: ['data', 'maxLength'] },
    passPath: ['training', 'batchSize'],
    ...planted,
  });
}

const told = (found: readonly PreflightFinding[]) =>
  found.map(({ topic, severity, path }) => `${severity} ${topic} ${path.join('.')}`);

describe('the tally', () => {
  test('counts tokens by hand', () => {
    // 3 + 2 + 1 tokens, of which 3 are learned; 3 + 4 + 1, of which 5 are; 3 + 9 + 1 are too many.
    const statistics = tallied(rowsOf([example(2), example(4), example(9)]));
    expect(statistics).toMatchObject({ examples: 3, trained: 2, tokens: 14, learned: 8 });
    expect(statistics.total).toMatchObject({ sum: 27, median: 8, longest: 13 });
    expect(statistics.completion).toMatchObject({ sum: 18, longest: 10 });
    expect(statistics.tooLong).toEqual({ count: 1, first: 'data.jsonl:3' });
  });

  test('cut examples are trained on as far as they go', () => {
    const statistics = tallied(rowsOf([example(9)]), { onLongExample: 'truncate' });
    expect(statistics).toMatchObject({ trained: 1, tokens: 8, learned: 5, answerLost: { count: 1 } });
  });

  test('the first token is read only, whatever the mask says', () => {
    const text = { tokens: [1, 2, END], lossMask: [1, 1, 1] as const, promptLength: 0, findings: [] };
    expect(tallied([{ place: 'a', example: text }])).toMatchObject({ tokens: 3, learned: 2 });
  });

  test('an example that loses only its end token has its answer', () => {
    const { answerLost, endLost } = tallied(rowsOf([example(5), example(6)]), { onLongExample: 'truncate' });
    expect([answerLost, endLost]).toEqual([
      { count: 1, first: 'data.jsonl:2' },
      { count: 1, first: 'data.jsonl:1' },
    ]);
  });

  test('a text without a prompt has no answer to lose', () => {
    const { answerLost, tooLong } = tallied(rowsOf([example(20, { prompt: 0 })]), { onLongExample: 'truncate' });
    expect([answerLost.count, tooLong.count]).toEqual([0, 1]);
  });

  test('rows that are none are counted by reason, with the first place', () => {
    const refused = { ...chatFinding('noAnswer'), kind: 'noAnswer' } as const;
    const { bad } = tallied([
      { place: 'a:1', bad: { reason: 'notJson', detail: 'oops' } },
      { place: 'a:2', bad: { reason: 'tooLong', detail: '' }, rows: 3 },
      { place: 'a:5', bad: { reason: 'notJson', detail: 'other' } },
      { place: 'a:6', refused },
    ]);
    expect(bad).toEqual([
      { reason: 'notJson', detail: 'oops', rows: 2, first: 'a:1' },
      { reason: 'tooLong', detail: '', rows: 3, first: 'a:2' },
      { reason: 'noAnswer', detail: '', rows: 1, first: 'a:6' },
    ]);
  });
});

describe('findings', () => {
  const sound = rowsOf([example(2), example(3), example(4)]);

  test('sound data have none', () => {
    expect(findings(sound)).toEqual([]);
  });

  test('no example at all is an error; some bad rows are a warning, or an error where the config stops at them', () => {
    const bad: PreflightRow = { place: 'data.jsonl:4', bad: { reason: 'notJson', detail: '' } };
    expect(told(findings([bad]))).toEqual(['error noExamples data.path']);
    expect(told(findings([]))).toEqual(['error noExamples data.path']);
    expect(told(findings([...sound, bad]))).toEqual(['warning badRows data.path']);
    const [found] = findings([...sound, bad], { onBadRow: 'stop' });
    expect(found).toMatchObject({ severity: 'error', topic: 'badRows' });
    expect(english(found?.said ?? '')).toBe('1 of 4 rows become no example: not JSON, the first at data.jsonl:4.');
  });

  test('long examples that are left out are a warning, all of them an error', () => {
    expect(told(findings([...sound, ...rowsOf([example(20)])]))).toEqual(['warning tooLong data.maxLength']);
    expect(told(findings(rowsOf([example(20)])))).toEqual(['error tooLong data.maxLength']);
    const ending = findings([...sound, ...rowsOf([example(20)])], { onLongExample: 'stop' });
    expect(told(ending)).toEqual(['error tooLong data.maxLength']);
  });

  test('answers that are cut: an error where most are, else a warning', () => {
    const planted = { onLongExample: 'truncate' } as const;
    const few = findings([...sound, ...rowsOf([example(20)])], planted);
    expect(told(few)).toEqual(['warning answerLost data.maxLength']);
    expect(english(few[0]?.said ?? '')).toContain('1 of 4 examples (25.0 %) lose their answer');
    expect(told(findings(rowsOf([example(20), example(2)]), planted))).toEqual(['error answerLost data.maxLength']);
    expect(told(findings(rowsOf([example(5), example(5), example(2)]), planted))).toEqual([
      'error answerLost data.maxLength',
    ]);
  });

  test('prompts that fill the limit leave nothing to learn, and the limit is to blame', () => {
    const planted = { onLongExample: 'truncate' } as const;
    const rows = rowsOf([example(2, { prompt: 12 })]);
    expect(told(findings(rows, planted))).toContain('error nothingLearned data.maxLength');
  });

  test('a mask without a learned token: an error for all, a warning for some, and the data are to blame', () => {
    const none = example(2, { learned: false });
    expect(told(findings(rowsOf([none])))).toEqual(['error nothingLearned data.path']);
    expect(told(findings([...sound, ...rowsOf([none])]))).toEqual(['warning nothingLearned data.path']);
  });

  test('an end that is never learned', () => {
    const open = example(2, { end: 5 });
    expect(told(findings(rowsOf([open])))).toEqual(['error endUnlearned data.path']);
    expect(told(findings([...sound, ...rowsOf([open])]))).toEqual(['warning endUnlearned data.path']);
  });

  test('what the template does is told once, with how many rows show it', () => {
    const [first] = sound;
    if (!first || !('example' in first)) throw new Error('The first row is an example.');
    const stripped = { ...first, example: { ...first.example, findings: [chatFinding('thinkStripped')] } };
    const probe = [chatFinding('thinkStripped'), chatFinding('padIsEnd'), chatFinding('missingEos')];
    const found = findings([stripped, ...sound], { probe });
    expect(told(found)).toEqual([
      'warning template data.path',
      'warning template data.path',
      'hint template data.path',
    ]);
    expect(english(found[0]?.said ?? '')).toMatch(
      /^1 of 4 examples \(25\.0 %\): The chat template leaves out the trace/,
    );
  });

  test('evaluations that cut most answers, prompts that are measured, memory and disk', () => {
    expect(told(findings(sound, { maxNewTokens: 4 }))).toEqual(['warning evaluationCut evaluation.maxNewTokens']);
    expect(findings(sound, { maxNewTokens: 5 })).toEqual([]);
    expect(told(findings(sound, { overlap: { count: 1, first: 'x' } }))).toEqual(['warning overlap data.path']);
    const contamination = [
      { name: 'gsm8k', count: 0, first: '' },
      { name: 'math-500', count: 2, first: 'x' },
    ];
    expect(told(findings(sound, { contamination }))).toEqual(['warning overlap data.benchmarks.1']);
    const memory = (bytes: number) => told(findings(sound, { memory: { bytes, machineBytes: 8e9 } }));
    expect(memory(9e9)).toEqual(['error memory training.batchSize']);
    expect(memory(7e9)).toEqual(['warning memory training.batchSize']);
    expect(findings(sound, { memory: { bytes: 9e9, machineBytes: 8e9 }, isMemoryKnown: true })).toEqual([]);
    const disk = (freeBytes: number) =>
      told(findings(sound, { disk: { checkpointBytes: 1e9, checkpoints: 4, budgetBytes: 3e9, freeBytes } }));
    expect(disk(4e9)).toEqual([]);
    expect(disk(2.5e9)).toEqual(['warning disk checkpoints.diskBudgetMB']);
    expect(disk(1.5e9)).toEqual(['error disk checkpoints.diskBudgetMB']);
  });

  test('an evaluation need not go beyond what is trained on at most', () => {
    const long = rowsOf([example(30), example(30)]);
    const cut = (maxNewTokens: number) =>
      findings(long, { onLongExample: 'truncate', maxNewTokens }).filter(({ topic }) => topic === 'evaluationCut');
    expect(cut(8)).toEqual([]);
    expect(cut(7).map(({ remedy }) => english(remedy ?? ''))).toEqual(['Raise evaluation.maxNewTokens to 8.']);
  });

  test('too few examples or problems for a run to start', () => {
    const few = (examples: number, problems: number) => told(findings(sound, { count: { examples, problems } }));
    expect(few(4, 5)).toEqual([]);
    expect(few(3, 4)).toEqual(['error fewExamples training.batchSize']);
    expect(few(9, 1)).toEqual(['error fewExamples data.path']);
    expect(few(0, 0)).toEqual([]);
  });

  test('the gravest stand first', () => {
    const found = findings(rowsOf([example(2, { end: 5 })]), { maxNewTokens: 1, probe: [chatFinding('padIsEnd')] });
    expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning', 'hint']);
  });
});

describe('a pair', () => {
  const pair = (chosen: number, rejected: number, change: Parameters<typeof example>[1] = {}): PreflightRow[] => [
    { place: 'data.jsonl:1', example: { ...example(chosen), rejected: example(rejected, change) } },
  ];

  test('is one example: as long as its longer sequence, with the tokens of both', () => {
    const { examples, total, completion, trained, tokens, learned } = tallied(pair(2, 4));
    expect([examples, trained, total.longest, completion.longest]).toEqual([1, 1, 8, 5]);
    expect([tokens, learned]).toEqual([6 + 8, 3 + 5]);
  });

  test('is left out where one of the two is too long, and loses its answer where one does', () => {
    expect(tallied(pair(2, 9))).toMatchObject({ trained: 0, tooLong: { count: 1 } });
    const cut = tallied(pair(5, 9), { onLongExample: 'truncate' });
    expect(cut).toMatchObject({ trained: 1, tokens: 16, answerLost: { count: 1 }, endLost: { count: 0 } });
    expect(tallied(pair(2, 5), { onLongExample: 'truncate' })).toMatchObject({ endLost: { count: 1 } });
  });

  test('tells what either of the two lacks', () => {
    expect(tallied(pair(2, 3, { end: 7 }))).toMatchObject({ endUnlearned: { count: 1 }, nothingLearned: { count: 0 } });
    expect(tallied(pair(2, 3, { learned: false }))).toMatchObject({ nothingLearned: { count: 1 } });
  });
});
