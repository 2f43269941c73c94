/** A pre-flight report as lines: a table of lengths, a histogram, what the run amounts to, and the findings. Pure. */
import { problemText, type ConfigProblem } from '../config/configProblem.ts';
import { displayText } from '../protocol/displayText.ts';
import type { EvaluationPreflight, PreflightReport, PreflightSource } from '../protocol/preflight.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { cellsOf, padEnd, padStart } from './cells.ts';
import { bytes, compact, duration, number, percent } from './format.ts';
import type { Look } from './render.ts';

export function preflightLines(report: PreflightReport, problems: readonly ConfigProblem[], look: Look): string[] {
  const { strings, paint } = look;
  const hasExamples = report.statistics.examples > 0;
  return [
    paint.strong(sourceLine(report.source, strings)),
    ...(hasExamples
      ? ['', ...lengthTable(report, look), '', ...histogram(report, look), '', ...facts(report, strings)]
      : []),
    '',
    ...problems.flatMap((problem) => problemLines(problem, look)),
    verdict(problems, look),
  ];
}

/** A table of what will be measured, and the findings. */
export function benchmarkLines(
  { benchmarks }: EvaluationPreflight,
  problems: readonly ConfigProblem[],
  look: Look,
): string[] {
  const { strings, paint } = look;
  const titles = [
    translate(strings, 'problems'),
    translate(strings, 'completions'),
    translate(strings, 'temperature'),
    translate(strings, 'longest prompt'),
    translate(strings, 'at most'),
  ];
  const rows = benchmarks.map(
    ({ name, problems: count, samplesPerProblem, temperature, longestPrompt, maxNewTokens }) => [
      displayText(name),
      number(count),
      number(count * samplesPerProblem),
      String(temperature),
      longestPrompt === 0 ? '–' : translate(strings, '{0} tokens', number(longestPrompt)),
      translate(strings, '{0} tokens', number(maxNewTokens)),
    ],
  );
  const all = [[translate(strings, 'benchmark'), ...titles], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => cellsOf(row[column] ?? ''))));
  const lines = all.map((row) =>
    row.map((cell, i) => (i === 0 ? padEnd(cell, widths[i] ?? 0) : padStart(cell, (widths[i] ?? 0) + 2))).join(''),
  );
  const [head = '', ...rest] = lines;
  return [
    ...(rows.length > 0 ? [paint.dim(head), ...rest, ''] : []),
    ...problems.flatMap((problem) => problemLines(problem, look)),
    verdict(problems, look),
  ];
}

/** `train.jsonl: 2,000 of about 220,000 rows looked at`. */
export function sourceLine({ name, looked, rows, isEstimate }: PreflightSource, strings: Strings): string {
  if (rows === looked) return translate(strings, '{0}: all {1} rows looked at', name, number(looked));
  if (rows === null) return translate(strings, '{0}: the first {1} rows looked at', name, number(looked));
  return isEstimate
    ? translate(strings, '{0}: {1} of about {2} rows looked at', name, number(looked), number(rows))
    : translate(strings, '{0}: {1} of {2} rows looked at', name, number(looked), number(rows));
}

const CELL = 10;

function lengthTable({ statistics }: PreflightReport, { strings, paint }: Look): string[] {
  const { prompt, completion, total } = statistics;
  const rows = [
    [translate(strings, 'prompt'), prompt],
    [translate(strings, 'completion'), completion],
    [translate(strings, 'together'), total],
  ] as const;
  const titles = [translate(strings, 'median'), '90 %', '99 %', translate(strings, 'maximum')];
  const name = Math.max(...rows.map(([title]) => cellsOf(title)), cellsOf(translate(strings, 'tokens'))) + 2;
  const cells = (values: readonly string[]): string => values.map((value) => padStart(value, CELL)).join('');
  return [
    paint.dim(`${padEnd(translate(strings, 'tokens'), name)}${cells(titles)}`),
    ...rows.map(([title, { median, p90, p99, longest }]) => {
      const values = [median, p90, p99, longest].map(number);
      return `${padEnd(title, name)}${cells(values)}`;
    }),
  ];
}

const BAR = 40;

/** Bars beyond the limit are in another colour, and the limit is marked. */
function histogram({ statistics, mostTokens, policy }: PreflightReport, { strings, paint, width }: Look): string[] {
  const bars = statistics.total.histogram;
  const highest = Math.max(...bars.map(({ count }) => count));
  const names = bars.map(({ from, below }) => `${number(from)}–${number(below - 1)}`);
  const name = Math.max(...names.map(cellsOf));
  const room = Math.max(8, Math.min(BAR, width - name - 30));
  return bars.map(({ from, below, count }, at) => {
    const drawn = bar((count / highest) * room);
    const isBeyond = from >= mostTokens;
    const isLimit = from < mostTokens && mostTokens <= below;
    const mark = isLimit ? paint.dim(` ← ${limitText(policy !== undefined, mostTokens, strings)}`) : '';
    return `${padStart(names[at] ?? '', name)}  ${isBeyond ? paint.warn(drawn) : drawn} ${number(count)}${mark}`;
  });
}

const limitText = (isAsked: boolean, mostTokens: number, strings: Strings): string =>
  isAsked
    ? translate(strings, 'at most {0} are asked', number(mostTokens))
    : translate(strings, 'at most {0} are trained on', number(mostTokens));

/** To an eighth of a cell; what is there is never drawn as nothing. */
function bar(cells: number): string {
  const eighths = cells === 0 ? 0 : Math.max(1, Math.round(cells * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8];
}

function facts(report: PreflightReport, strings: Strings): string[] {
  const rows = [
    ...(report.policy ? askedFacts(report, report.policy, strings) : learnedFacts(report, strings)),
    [translate(strings, 'memory'), memoryText(report, strings)],
    [translate(strings, 'checkpoints'), diskText(report, strings)],
  ].filter(([, text]) => text !== '');
  const width = Math.max(...rows.map(([title = '']) => cellsOf(title))) + 2;
  return rows.map(([title = '', text = '']) => `${padEnd(title, width)}${text}`);
}

const learnedFacts = (report: PreflightReport, strings: Strings): [string, string][] => [
  [translate(strings, 'trained on'), trainedText(report, strings)],
  [translate(strings, 'steps'), workText(report, strings)],
];

function askedFacts(
  { work: { steps, examples, epochs, tokens } }: PreflightReport,
  { completions }: NonNullable<PreflightReport['policy']>,
  strings: Strings,
): [string, string][] {
  return [
    [
      translate(strings, 'asked'),
      translate(strings, '{0} problems, {1} completions in each rollout', number(examples), number(completions)),
    ],
    [
      translate(strings, 'steps'),
      translate(
        strings,
        '{0} ({1} passes over the problems, at most {2} tokens)',
        number(steps),
        number(epochs),
        compact(tokens),
      ),
    ],
  ];
}

function trainedText({ statistics }: PreflightReport, strings: Strings): string {
  const { trained, examples, tokens, learned } = statistics;
  const share = percent(tokens === 0 ? 0 : learned / tokens);
  return translate(
    strings,
    '{0} of {1} examples; {2} of their tokens carry loss',
    number(trained),
    number(examples),
    share,
  );
}

function workText({ work }: PreflightReport, strings: Strings): string {
  const { steps, epochs, tokens, seconds } = work;
  const said = translate(
    strings,
    '{0} ({1} passes over the data, {2} tokens)',
    number(steps),
    number(epochs),
    compact(tokens),
  );
  if (seconds === null) return said;
  const time = translate(strings, '{0} to {1} by rule of thumb', duration(seconds.least), duration(seconds.most));
  return `${said}; ${time}`;
}

function memoryText({ memory }: PreflightReport, strings: Strings): string {
  if (memory === null) return '';
  return translate(strings, 'about {0} of {1}', bytes(memory.bytes), bytes(memory.machineBytes));
}

function diskText({ disk }: PreflightReport, strings: Strings): string {
  if (disk === null) return '';
  const { checkpoints, checkpointBytes, budgetBytes, freeBytes } = disk;
  const free = freeBytes === Infinity ? '?' : bytes(freeBytes);
  return translate(
    strings,
    '{0} × {1}, of {2} allowed and {3} free',
    checkpoints,
    bytes(checkpointBytes),
    bytes(budgetBytes),
    free,
  );
}

function problemLines(problem: ConfigProblem, { paint }: Look): string[] {
  const signs = { error: paint.bad('✗'), warning: paint.warn('!'), hint: paint.dim('·') } as const;
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const message = displayText(problemText({ message: problem.message, remedy: '' }));
  const remedy = problem.remedy === '' ? [] : [`    → ${displayText(problem.remedy)}`];
  return [`${signs[problem.severity]} ${paint.dim(place)} ${problem.key}: ${message}`, ...remedy];
}

function verdict(problems: readonly ConfigProblem[], { strings, paint }: Look): string {
  const count = (wanted: ConfigProblem['severity']): number =>
    problems.filter(({ severity }) => severity === wanted).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors > 0)
    return paint.bad(translate(strings, 'This run would be ruined (errors: {0}, warnings: {1}).', errors, warnings));
  if (warnings > 0) return paint.warn(translate(strings, 'Nothing ruins this run (warnings: {0}).', warnings));
  return paint.good(translate(strings, 'Nothing is in the way of this run.'));
}
