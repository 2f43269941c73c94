/** The README.md of an exported model: what it was made from and how, and what was measured. In English, as readers of such cards expect. */
import { isModelRun } from '../../config/plan.ts';
import type { RunConfig } from '../../config/schema.ts';
import type { Score } from '../../protocol/events.ts';
import type { Evaluation } from '../../protocol/state.ts';

export interface CardFacts {
  readonly name: string;
  readonly runId: string | null;
  readonly step: number;
  readonly parameters: number;
  readonly modelType: string;
  readonly dtype: string;
  /** Where the model under this one came from, as the configs name it; null for one that was made from scratch. */
  readonly base: string | null;
  /** Of the run, with every default filled in; null for a checkpoint that lies outside of its run. */
  readonly config: RunConfig | null;
  /** SHA-256 of that config as JSON, and of what in it decides the data. */
  readonly hashes: { readonly config: string; readonly data: string | null };
  readonly evaluations: readonly Evaluation[];
}

export const modelCard = (facts: CardFacts): string =>
  [
    frontMatter(facts),
    `# ${plain(facts.name)}`,
    '',
    ...table(['', ''], about(facts)),
    '',
    '## Scores',
    '',
    ...scores(facts.evaluations),
    '',
    ...(facts.config === null ? [] : ['## Config', '', '```json', JSON.stringify(facts.config, null, 2), '```', '']),
  ].join('\n');

const frontMatter = ({ config }: CardFacts): string =>
  [
    '---',
    'library_name: transformers',
    'pipeline_tag: text-generation',
    'tags:',
    '- through-the-valley',
    ...(config === null ? [] : [`- ${config.recipe}`]),
    '---',
    '',
  ].join('\n');

const about = (facts: CardFacts): readonly (readonly string[])[] => [
  ['made with', 'Through the Valley'],
  ['base', facts.base === null ? 'none: random weights' : code(facts.base)],
  ['architecture', `${code(facts.modelType)}, ${facts.parameters.toLocaleString('en')} parameters, ${facts.dtype}`],
  ['run', facts.runId === null ? 'unknown' : code(facts.runId)],
  ['step', String(facts.step)],
  ['data', data(facts)],
  ['config', `SHA-256 ${code(facts.hashes.config)}`],
];

function data({ config, hashes }: CardFacts): string {
  if (config === null || hashes.data === null) return 'unknown';
  if (!isModelRun(config) || !('task' in config)) return 'none';
  if (config.data && 'path' in config.data) return `rows of ${code(config.data.path)}; SHA-256 ${code(hashes.data)}`;
  return `task ${code(config.task.name)}, ${code(config.task.level)}; SHA-256 of task, data and seed ${code(hashes.data)}`;
}

function scores(evaluations: readonly Evaluation[]): readonly string[] {
  if (evaluations.length === 0) return ['not measured'];
  const rows = evaluations.flatMap((evaluation) =>
    evaluation.scores.map((score) => [
      String(evaluation.step),
      code(evaluation.benchmark),
      code(score.name),
      ...value(score),
    ]),
  );
  return table(['step', 'benchmark', 'score', 'value', '95 % interval', 'problems'], rows);
}

const value = (score: Score): readonly string[] => {
  const shown = (number: number): string =>
    score.unit === 'share' ? `${(number * 100).toFixed(1)} %` : number.toFixed(score.unit === 'nats' ? 3 : 1);
  return [shown(score.value), score.interval ? score.interval.map(shown).join(' to ') : '', String(score.n)];
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

/** Text of people, so that it neither ends a cell nor becomes markup. */
const plain = (text: string): string =>
  text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\`*_{}[\]<>|#]/g, String.raw`\$&`);
const code = (text: string): string => `\`${text.replaceAll(/[\r\n`|]+/g, ' ')}\``;
