/** The tool `example`: rows of a training as the model reads them, token by token. */
import type { ExampleRunConfig } from '../../config/schema.ts';
import { learnedIn } from '../../engine/preflight/trainedPart.ts';
import { markTexts, tokenPieces } from '../../engine/preflight/tokenPieces.ts';
import { problemText } from '../../engine/rows/exampleText.ts';
import { displayLine } from '../../protocol/displayText.ts';
import type { ExamplePreview, PreviewedExample } from '../../protocol/examplePreview.ts';
import { reasonText } from '../../protocol/preparationText.ts';
import { phrase, said, type Sentence } from '../../protocol/sentence.ts';
import { openTraining, type PreflightPrograms } from './training.ts';
import type { TrainingRow, TrainingRows } from './trainingRows.ts';

export interface PreviewOptions {
  readonly config: ExampleRunConfig;
  /** Relative paths of the config start in its folder. */
  readonly configPath: string;
  readonly programs: PreflightPrograms;
  /** From 1. */
  readonly row: number;
  readonly count: number;
  /** Titles only, without tokens. */
  readonly isBrief: boolean;
}

/** Throws the typed failures of model, tokenizer, template and data. */
export async function previewExamples(options: PreviewOptions): Promise<ExamplePreview> {
  const { config, configPath, programs, row, count, isBrief } = options;
  const { rows } = await openTraining(config, configPath, programs);
  try {
    const read = await rows.read(row, count);
    const marks = markTexts(rows.tokenizer.toJson());
    const examples = read.found.flatMap((one) => previewed(one, rows, isBrief ? null : marks));
    return { v: 1, source: rows.name, rows: read.rows, examples };
  } finally {
    rows.close();
  }
}

const TITLE = 120;

type Marks = ReadonlyMap<number, string> | null;

/** One, or the two of a preference. `marks` is null where no tokens are wanted, and then one stands for both. */
function previewed(row: TrainingRow, rows: TrainingRows, marks: Marks): PreviewedExample[] {
  const { text, place } = row;
  const title = text === null ? '' : displayLine(problemText(text), TITLE);
  const nothing = { row: row.row, place, title, tokens: 0, learned: 0, cut: 0, findings: [], pieces: [] };
  if (!('example' in row)) return [{ ...nothing, leftOut: refusal(row) }];
  const { rejected, ...chosen } = row.example;
  const longest = Math.max(chosen.tokens.length, rejected?.tokens.length ?? 0);
  const shown = { ...nothing, leftOut: leftOut(longest, rows) };
  const first = { ...shown, ...tokensOf(chosen, rows, marks) };
  if (!rejected || marks === null) return [first];
  const second = { ...shown, ...tokensOf(rejected, rows, marks) };
  return [
    { ...first, part: 'chosen' },
    { ...second, part: 'rejected' },
  ];
}

type Encoded = Omit<Extract<TrainingRow, { readonly example: unknown }>['example'], 'rejected'>;

function tokensOf(
  example: Encoded,
  rows: TrainingRows,
  marks: Marks,
): Pick<PreviewedExample, 'tokens' | 'learned' | 'cut' | 'findings' | 'pieces'> {
  const { mostTokens } = rows.limits;
  const end = Math.min(example.tokens.length, mostTokens);
  return {
    tokens: example.tokens.length,
    learned: learnedIn(example, 0, end),
    cut: example.tokens.length - end,
    findings: example.findings.map((finding) => finding.said),
    pieces: marks === null ? [] : tokenPieces(rows.tokenizer, marks, example, mostTokens),
  };
}

/** Why an example of this length is not trained on; null if it is. */
function leftOut(length: number, { limits: { mostTokens, onLongExample } }: TrainingRows): Sentence | null {
  if (length <= mostTokens || onLongExample === 'truncate') return null;
  return onLongExample === 'drop'
    ? said`Left out: it has ${length} tokens, and at most ${mostTokens} are trained on.`
    : said`The run ends here: it has ${length} tokens, and at most ${mostTokens} are trained on.`;
}

function refusal(row: Exclude<TrainingRow, { readonly example: unknown }>): Sentence {
  if ('refused' in row) return said`Left out: ${row.refused.said}`;
  const { reason, detail } = row.bad;
  const why = phrase(reasonText(reason));
  return detail === '' ? said`Left out: ${why}.` : said`Left out: ${why} (${detail}).`;
}
