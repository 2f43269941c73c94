/** From what was counted to what a person must know before training: pure, so that every trouble can be planted in a test. */
import type { LeftOut } from '../../protocol/preparation.ts';
import { reasonText } from '../../protocol/preparationText.ts';
import { phrase, said, type Sentence } from '../../protocol/sentence.ts';
import type {
  Affected,
  ExampleStatistics,
  PreflightDisk,
  PreflightFinding,
  PreflightReport,
  PreflightSource,
} from '../../protocol/preflight.ts';
import type { ChatFinding } from '../chat/chatFinding.ts';
import type { LearnedCount } from './learnedProblems.ts';

/** What findings are made from. */
export interface PreflightFacts {
  /** Problems of a task, or rows of a file. */
  readonly kind: 'task' | 'rows';
  readonly source: PreflightSource;
  readonly mostTokens: number;
  readonly onLongExample: 'drop' | 'truncate' | 'stop';
  readonly onBadRow: 'skip' | 'stop';
  readonly statistics: ExampleStatistics;
  /** What the template does to any row; empty where none is used. */
  readonly probe: readonly ChatFinding[];
  readonly overlap: Affected;
  /** Examples that show a problem of a benchmark, for each that the config names. */
  readonly contamination: readonly (Affected & { readonly name: string })[];
  /** What is learned, counted as the run counts it; null for a task, and where not all rows were looked at. */
  readonly count: LearnedCount | null;
  readonly sequencesPerStep: number;
  /** Longest completion of an evaluation; null where none is measured on such rows. */
  readonly maxNewTokens: number | null;
  readonly memory: PreflightReport['memory'];
  /** Whether the config's own problems tell of it already. */
  readonly isMemoryKnown: boolean;
  readonly disk: PreflightDisk | null;
  /** Keys of the config: of the data, of what limits lengths, of what a pass holds. */
  readonly paths: Readonly<Record<'data' | 'limit', PreflightFinding['path']>>;
  /** Key of what a pass holds. */
  readonly passPath: PreflightFinding['path'];
}

const ORDER: readonly PreflightFinding['severity'][] = ['error', 'warning', 'hint'];

/** The gravest first. */
export const preflightFindings = (facts: PreflightFacts): readonly PreflightFinding[] =>
  [rows, long, exampleFindings, fewExamples, template, evaluationCut, overlap, contamination, memory, disk]
    .flatMap((look) => look(facts))
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));

export type ExampleFacts = Pick<PreflightFacts, 'statistics' | 'mostTokens' | 'onLongExample' | 'paths'>;

/** What the examples that are trained on show by themselves. */
export const exampleFindings = (facts: ExampleFacts): readonly PreflightFinding[] =>
  [lostAnswers, nothingLearned, endUnlearned].flatMap((look) => look(facts));

/** From this share on, what is said of examples is said of the data. */
const MOST = 0.5;

function rows({ source, statistics, onBadRow, paths }: PreflightFacts): PreflightFinding[] {
  const { bad, examples } = statistics;
  const path = paths.data;
  if (examples === 0) return [noExamples(source, bad[0], path)];
  return bad.map((reason) => ({
    topic: 'badRows',
    severity: onBadRow === 'stop' ? 'error' : 'warning',
    path,
    said: said`${counted(reason.rows)} of ${counted(source.looked)} rows become no example: ${why(reason)}.`,
    remedy:
      onBadRow === 'stop'
        ? said`Mend the rows, or set data.onBadRow to "skip".`
        : said`They are left out. Mend them if they are wanted.`,
  }));
}

const noExamples = (
  { looked }: PreflightSource,
  reason: LeftOut | undefined,
  path: PreflightFinding['path'],
): PreflightFinding => ({
  topic: 'noExamples',
  severity: 'error',
  path,
  said: reason ? said`None of ${counted(looked)} rows can be trained on: ${why(reason)}.` : said`There are no rows.`,
  remedy: said`Name the format and the column of each role, or write the data again.`,
});

const why = ({ reason, detail, first }: LeftOut): Sentence =>
  detail === ''
    ? said`${phrase(reasonText(reason))}, the first at ${first}`
    : said`${phrase(reasonText(reason))} (${detail}), the first at ${first}`;

/** Examples that are left out, or that end the run, because of their length. */
function long({ kind, statistics, mostTokens, onLongExample, paths }: PreflightFacts): PreflightFinding[] {
  const { tooLong, examples, trained, total } = statistics;
  if (tooLong.count === 0 || onLongExample === 'truncate') return [];
  const isGrave = onLongExample === 'stop' || trained === 0;
  const about = said`${share(tooLong, examples)} are longer than ${counted(mostTokens)} tokens (the first: ${tooLong.first}; the longest: ${counted(total.longest)}).`;
  return [
    {
      topic: 'tooLong',
      severity: isGrave ? 'error' : 'warning',
      path: paths.limit,
      said:
        onLongExample === 'stop'
          ? said`${about} The run ends at the first of them.`
          : said`${about} They are left out.`,
      remedy:
        kind === 'task'
          ? said`Raise model.maxPositionEmbeddings to ${counted(total.longest)}, or choose an easier task.level or task.trace "short".`
          : said`Allow ${counted(total.longest)} tokens if the model reads so many, or leave long examples out by valley prepare (length.maxTokens).`,
    },
  ];
}

/** What a run refuses to start with; where nothing at all is left, other findings say why. */
function fewExamples({ count, sequencesPerStep, source, paths }: PreflightFacts): PreflightFinding[] {
  if (count === null || count.problems === 0) return [];
  const { examples, problems } = count;
  const finding = (path: PreflightFinding['path'], sentence: Sentence, remedy: Sentence): PreflightFinding[] => [
    { topic: 'fewExamples', severity: 'error', path, said: sentence, remedy },
  ];
  if (problems < 2)
    return finding(
      paths.data,
      said`${source.name} has ${problems} different problems that can be used: at least 2 are needed, one to learn and one to hold out.`,
      phrase('Bring more rows, or look at what was left out and why: `data.maxLength`, `data.columns`.'),
    );
  if (sequencesPerStep <= examples) return [];
  return finding(
    ['training', 'batchSize'],
    said`One step takes ${sequencesPerStep} sequences, but there are only ${examples} examples to learn.`,
    said`Lower training.batchSize or training.gradientAccumulationSteps, or bring more rows.`,
  );
}

/** Examples that are cut where the answer stands. */
function lostAnswers({ statistics, mostTokens, onLongExample, paths }: ExampleFacts): PreflightFinding[] {
  if (onLongExample !== 'truncate') return [];
  const { answerLost, endLost, examples, total } = statistics;
  const remedy = said`Allow ${counted(total.longest)} tokens if the model reads so many, or set data.onLongExample to "drop".`;
  const path = paths.limit;
  const of = (affected: Affected, sentence: Sentence): PreflightFinding[] =>
    affected.count === 0
      ? []
      : [{ topic: 'answerLost', severity: severityOf(affected, examples), path, said: sentence, remedy }];
  return [
    ...of(
      answerLost,
      said`${share(answerLost, examples)} lose their answer: it stands beyond the limit of ${counted(mostTokens)} tokens (the first: ${answerLost.first}).`,
    ),
    ...of(
      endLost,
      said`${share(endLost, examples)} lose their end token to the limit of ${counted(mostTokens)} tokens, so that the model does not learn to stop there (the first: ${endLost.first}).`,
    ),
  ];
}

function nothingLearned({ statistics, paths, mostTokens }: ExampleFacts): PreflightFinding[] {
  const { nothingLearned: affected, trained, prompt } = statistics;
  if (affected.count === 0) return [];
  const isCut = prompt.longest >= mostTokens;
  return [
    {
      topic: 'nothingLearned',
      severity: affected.count === trained ? 'error' : 'warning',
      path: isCut ? paths.limit : paths.data,
      said: said`${share(affected, trained)} train on nothing: no token of theirs carries loss (the first: ${affected.first}).`,
      remedy: isCut
        ? said`Their prompts alone fill the limit: raise it, or set data.onLongExample to "drop".`
        : said`Look at one by "Valley: Preview Training Example", then check format and columns of the data.`,
    },
  ];
}

function endUnlearned({ statistics, paths }: ExampleFacts): PreflightFinding[] {
  const { endUnlearned: affected, trained } = statistics;
  if (affected.count === 0) return [];
  return [
    {
      topic: 'endUnlearned',
      severity: severityOf(affected, trained),
      path: paths.data,
      said: said`${share(affected, trained)} do not learn an end token, so that the model does not learn to stop (the first: ${affected.first}).`,
      remedy: said`Check eos_token of the model's tokenizer_config.json, and eos_token_id of its generation_config.json.`,
    },
  ];
}

/** What the template does to rows, and what it would do to a usual one. */
function template({ statistics, probe, paths }: PreflightFacts): PreflightFinding[] {
  const seen = statistics.chat;
  const unseen = probe.filter(({ kind }) => statistics.chat.every((one) => one.kind !== kind));
  const finding = (severity: PreflightFinding['severity'], sentence: Sentence): PreflightFinding => ({
    topic: 'template',
    severity,
    path: paths.data,
    said: sentence,
    remedy: null,
  });
  return [
    ...seen.map((one) => finding(one.severity, said`${share(one, statistics.examples)}: ${one.said}`)),
    ...unseen.map((one) => finding(one.severity === 'error' ? 'warning' : one.severity, one.said)),
  ];
}

/** A limit below the length of the written answers makes a valley that is none. */
function evaluationCut({ statistics, maxNewTokens, mostTokens }: PreflightFacts): PreflightFinding[] {
  const p90 = Math.min(statistics.completion.p90, mostTokens);
  const longest = Math.min(statistics.completion.longest, mostTokens);
  if (maxNewTokens === null || maxNewTokens >= p90) return [];
  return [
    {
      topic: 'evaluationCut',
      severity: 'warning',
      path: ['evaluation', 'maxNewTokens'],
      said: said`Evaluations cut completions after ${counted(maxNewTokens)} tokens and count them as wrong, but one in ten written ones has more than ${counted(p90)}.`,
      remedy: said`Raise evaluation.maxNewTokens to ${counted(longest)}.`,
    },
  ];
}

function overlap({ overlap: affected, statistics, paths }: PreflightFacts): PreflightFinding[] {
  if (affected.count === 0) return [];
  return [
    {
      topic: 'overlap',
      severity: 'warning',
      path: paths.data,
      said: said`${share(affected, statistics.examples)} ask in other spelling what is held out to measure with (the first: ${affected.first}).`,
      remedy: said`Remove copies by valley prepare, or the scores tell what was seen, not what was learned.`,
    },
  ];
}

const contamination = ({ contamination: benchmarks, statistics }: PreflightFacts): PreflightFinding[] =>
  benchmarks.flatMap((benchmark, place): PreflightFinding[] =>
    benchmark.count === 0
      ? []
      : [
          {
            topic: 'overlap',
            severity: 'warning',
            path: ['data', 'benchmarks', place],
            said: said`${share(benchmark, statistics.examples)} show a problem of ${benchmark.name} (the first: ${benchmark.first}).`,
            remedy: said`Remove them by valley prepare (decontamination.benchmarks), or the score on it tells what was seen, not what was learned.`,
          },
        ],
  );

const TIGHT = 0.8;

export function memory({
  memory: need,
  isMemoryKnown = false,
  passPath,
}: Pick<PreflightFacts, 'memory' | 'passPath'> & Partial<Pick<PreflightFacts, 'isMemoryKnown'>>): PreflightFinding[] {
  if (need === null || isMemoryKnown || need.bytes <= TIGHT * need.machineBytes) return [];
  return [
    {
      topic: 'memory',
      severity: need.bytes > need.machineBytes ? 'error' : 'warning',
      path: passPath,
      said: said`The run takes about ${gigabytes(need.bytes)} GB of memory; this machine has ${gigabytes(need.machineBytes)} GB.`,
      remedy: said`Lower training.microBatchSize (the result stays the same), set training.activationRecompute, or train adapters (training.method "lora").`,
    },
  ];
}

export function disk({ disk: facts }: Pick<PreflightFacts, 'disk'>): PreflightFinding[] {
  if (facts === null) return [];
  const { checkpointBytes, checkpoints, budgetBytes, freeBytes } = facts;
  const needed = Math.max(checkpointBytes, Math.min(checkpoints * checkpointBytes, budgetBytes));
  if (needed <= freeBytes) return [];
  return [
    {
      topic: 'disk',
      severity: 2 * checkpointBytes > freeBytes ? 'error' : 'warning',
      path: ['checkpoints', 'diskBudgetMB'],
      said: said`${checkpoints} checkpoints take ${gigabytes(needed)} GB, but ${gigabytes(freeBytes)} GB are free on the disk.`,
      remedy: said`Free some space, or lower checkpoints.keepLast, keepBest or diskBudgetMB.`,
    },
  ];
}

const severityOf = ({ count }: Affected, examples: number): 'error' | 'warning' =>
  count >= MOST * examples ? 'error' : 'warning';

const share = ({ count }: Affected, of: number): Sentence =>
  said`${counted(count)} of ${counted(of)} examples (${percent(count, of)})`;

const counted = (count: number): string => count.toLocaleString('en-US');
const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
