/** The tables of the READMEs and of docs/benchmarks.md: written from measured rows, between two markers. */
import { ArgumentError } from './arguments.ts';
import { growthLines } from './growth.ts';
import { describe, type Result } from './result.ts';
import type { Row } from './rows.ts';
import { markdown, millions, rowsTable, written, type Cells } from './table.ts';

export type Language = 'en' | 'ko';

/** Puts `text` between the markers `<!-- name:start -->` and `<!-- name:end -->` of a document. Throws ArgumentError without them. */
export const withSection = (document: string, name: string, text: string): string => {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from < 0 || to < from)
    throw new ArgumentError(`The document lacks the lines ${start} and ${end}: put them where the table belongs.`);
  return `${document.slice(0, from + start.length)}\n${text}\n${document.slice(to)}`;
};

const NONE = '–';

const WORDS = {
  en: {
    head: [
      'work',
      'Through the Valley, tokens/s',
      'fastest PyTorch, tokens/s',
      'ratio',
      'next of the others, tokens/s',
      'peak memory, MB (PyTorch)',
      'start to first step, s (PyTorch)',
    ],
    step: (parameters: string, { length, batch }: Row) => `training step, ${parameters}, ${length} tokens x ${batch}`,
    generation: (parameters: string, { batch, length }: Row) =>
      `generation, ${parameters}, ${batch} sequences to ${length}`,
    source: 'Written by `npm run bench -- --readme`',
    peers: 'Engines',
    notRun: 'Not run (docs/benchmarks.md says why)',
  },
  ko: {
    head: [
      '작업',
      'Through the Valley, 토큰/초',
      '가장 빠른 PyTorch, 토큰/초',
      '비율',
      '그 밖에 가장 빠른 것, 토큰/초',
      '최대 메모리, MB (PyTorch)',
      '시작부터 첫 단계까지, 초 (PyTorch)',
    ],
    step: (parameters: string, { length, batch }: Row) => `학습 단계, ${parameters}, ${length} 토큰 x ${batch}`,
    generation: (parameters: string, { batch, length }: Row) =>
      `생성, ${parameters}, 시퀀스 ${batch}개를 ${length} 토큰까지`,
    source: '`npm run bench -- --readme`가 쓴 표',
    peers: '엔진',
    notRun: '실행하지 않음(이유는 docs/benchmarks.md)',
  },
} as const;

/** One line per work; what was not run below it. */
export const readmeSection = (result: Result, language: Language): string => {
  const words = WORDS[language];
  const lines = Object.values(byWork(result.rows)).map((rows) => lineOf(rows, language));
  const missing = notRunOf(result.rows);
  return [
    markdown({ head: words.head, lines, left: 1 }),
    '',
    `${words.source}: ${describe(result)}. ${words.peers}: ${enginesOf(result.rows)}.`,
    ...(missing === '' ? [] : ['', `${words.notRun}: ${missing}.`]),
  ].join('\n');
};

const byWork = (rows: readonly Row[]): Record<string, Row[]> => {
  const works: Record<string, Row[]> = {};
  for (const row of rows) (works[row.work] ??= []).push(row);
  return works;
};

const lineOf = (rows: readonly Row[], language: Language): Cells => {
  const words = WORDS[language];
  const [first] = rows;
  if (!first) return [];
  const ours = rows.find(({ engineKey }) => engineKey === 'valley');
  const torch = fastest(rows.filter(isTorch));
  const other = fastest(rows.filter((row) => row !== ours && !isTorch(row)));
  const pair = (of: (row: Row) => string): string => `${ours ? of(ours) : NONE} (${torch ? of(torch) : NONE})`;
  return [
    words[first.kind === 'generation' ? 'generation' : 'step'](millions(first.parameters), first),
    written(ours?.tokensPerSecond ?? null, 0),
    torch ? `${written(torch.tokensPerSecond, 0)} (${variantOf(torch)})` : NONE,
    ratio(ours, torch),
    other ? `${written(other.tokensPerSecond)} (${variantOf(other)})` : NONE,
    pair(({ peakMemoryBytes }) => written(peakMemoryBytes === null ? null : peakMemoryBytes / 1e6, 0)),
    pair(({ firstRoundSeconds }) => written(firstRoundSeconds, 1)),
  ];
};

const isTorch = ({ engineKey }: Row): boolean => engineKey.startsWith('torch');

const fastest = (rows: readonly Row[]): Row | undefined =>
  rows
    .filter(({ tokensPerSecond }) => tokensPerSecond !== null)
    .toSorted((a, b) => (b.tokensPerSecond ?? 0) - (a.tokensPerSecond ?? 0))[0];

const ratio = (ours: Row | undefined, torch: Row | undefined): string =>
  ours?.tokensPerSecond && torch?.tokensPerSecond
    ? `${written(ours.tokensPerSecond / torch.tokensPerSecond, 2)} x`
    : '–';

/** Of "PyTorch 2.15.0, eager" the part that tells it from the other PyTorch; of others the name. */
const variantOf = ({ engine, engineKey }: Row): string =>
  engineKey.startsWith('torch') ? engine.split(', ').slice(1).join(', ') : (engine.split(',')[0] ?? engine);

const enginesOf = (rows: readonly Row[]): string =>
  [...new Set(rows.filter(({ notRun }) => notRun === undefined).map(({ engine }) => engine))].join('; ');

/** Each engine once, with the works it did not do. */
const notRunOf = (rows: readonly Row[]): string => {
  const missing = rows.filter(({ notRun }) => notRun !== undefined);
  return [...new Set(missing.map(({ engineKey }) => engineKey))]
    .map((key) => missing.filter(({ engineKey }) => engineKey === key))
    .map((of) => `${of[0]?.engine ?? ''} in ${of.map(({ work }) => work).join(', ')}`)
    .join('; ');
};

/** docs/benchmarks.md: all rows. */
export const fullSection = (result: Result): string => `${describe(result)}\n\n${markdown(rowsTable(result.rows))}`;

/** docs/benchmarks.md: what grows. */
export const growthSection = (result: Result): string =>
  [describe(result), '', markdown({ ...growthLines(result.rows), left: 2 }), '', '![How cost grows](growth.svg)'].join(
    '\n',
  );
