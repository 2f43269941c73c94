/** Rows of a data file as what a training learns from: some of them for pre-flight, or from a place on for the preview. */
import { areLearned, type RowsConfig } from '../../config/rowsSchema.ts';
import { sizeOfFile } from '../../data/rows/fileBytes.ts';
import type { ParquetReader } from '../../data/rows/rowBlocks.ts';
import { rowBlocks } from '../../data/rows/rowBlocks.ts';
import { textLines } from '../../data/rows/textLines.ts';
import { isRefusal } from '../../engine/chat/chatFinding.ts';
import type { ModelText, TrainingOutcome } from '../../engine/chat/exampleEncoder.ts';
import { probeTemplate } from '../../engine/chat/probeTemplate.ts';
import { templateOptions } from '../../engine/chat/templateOptions.ts';
import type { Reading } from '../../engine/formats/guess.ts';
import type { PreflightRow } from '../../engine/preflight/exampleTally.ts';
import { longestPrompt } from '../../engine/recipes/promptSet.ts';
import { longestOf } from '../../engine/recipes/rowSet.ts';
import { heldOutChance, problemKey } from '../../engine/rows/heldOutRows.ts';
import { examplesIn } from '../../engine/rows/readRow.ts';
import { BpeTokenizer } from '../../engine/tokenizer/bpeTokenizer.ts';
import type { PreflightSource } from '../../protocol/preflight.ts';
import { encodeRows, type RowEncoder, type RowsToEncode } from '../dataset/encodeRows.ts';
import { rowEncoder, rowReading } from '../dataset/rowReading.ts';
import { type SampledRow, sampleRows } from './sampleRows.ts';
import type { SampleWish, TrainingRow, TrainingRows } from './trainingRows.ts';

export interface FileRowsOptions {
  readonly data: RowsConfig;
  /** Whether rows are preferences. */
  readonly isPaired: boolean;
  /** Of the file, absolute. */
  readonly path: string;
  readonly text: ModelText;
  readonly parquet: ParquetReader;
  readonly seed: number;
  /** Of the problems that are held out. */
  readonly heldOutSeed: number;
  /** The longest sequence that the model reads. */
  readonly maxPositions: number;
  /** Ends what `text` has opened. */
  readonly close: () => void;
}

/** Rows that go to the template together. */
const TOGETHER = 64;

/** Throws `badDataset` where the format of the file is not known. */
export async function fileRows(options: FileRowsOptions): Promise<TrainingRows> {
  const { data, isPaired, path, text, parquet, maxPositions } = options;
  const reading = await rowReading(path, data, parquet);
  const encoder = rowEncoder(data, text, isPaired);
  const chance = heldOutChance(options.heldOutSeed);
  const encode = (rows: readonly Numbered[]): Promise<TrainingRow[]> => encoded(rows, data.path, reading, encoder);
  return {
    kind: 'rows',
    name: data.path,
    tokenizer: text.tokenizer,
    limits: {
      ...limitsOf(data, maxPositions),
      endTokens: text.tokenizer.endTokens,
      beginTokens: text.tokenizer.beginTokens.length,
    },
    onBadRow: data.onBadRow,
    paths: { data: ['data', 'path'], limit: ['data', areLearned(data) ? 'maxLength' : 'maxPromptLength'] },
    isHeldOut: (prompt, share) => chance(problemKey(prompt)) < share,
    probe: () => probe(options),
    sample: async (wish, take) => {
      if (wish.isAll) return everyRow({ path, reading, encoder, parquet }, data.path, wish.onProgress, take);
      const { rows, bad, total, isEstimate } = await sampleRows(path, {
        parquet,
        seed: options.seed,
        onProgress: (done, size) => wish.onProgress(done / 2, size),
      });
      for (const { line, rows: count, rule, detail } of bad)
        take({ row: line, place: placeOf(data.path, line), bad: { reason: rule, detail }, rows: count, text: null });
      for (let at = 0; at < rows.length; at += TOGETHER) {
        const part = rows.slice(at, at + TOGETHER).map((row) => ({ ...row, row: row.line }));
        for (const row of await encode(part)) take(row);
        wish.onProgress(rows.length + at, 2 * rows.length);
      }
      const badRows = bad.reduce((sum, one) => sum + one.rows, 0);
      return { looked: rows.length + badRows, rows: total, isEstimate };
    },
    read: async (from, count) => {
      const { rows, total } = await rowsFrom(path, parquet, from, count);
      return { rows: total, found: await encode(rows) };
    },
    close: options.close,
  };
}

const limitsOf = (
  data: RowsConfig,
  maxPositions: number,
): Pick<TrainingRows['limits'], 'mostTokens' | 'onLongExample'> =>
  areLearned(data)
    ? { mostTokens: longestOf({ data, maxPositions }), onLongExample: data.onLongExample }
    : { mostTokens: longestPrompt({ data, maxPositions }), onLongExample: 'drop' };

/** Block by block, as a training reads them: nothing of a file is kept. */
async function everyRow(
  rows: RowsToEncode,
  name: string,
  onProgress: SampleWish['onProgress'],
  take: (row: TrainingRow) => void,
): Promise<Omit<PreflightSource, 'name'>> {
  const size = sizeOfFile(rows.path);
  let looked = 0;
  for await (const block of encodeRows(rows)) {
    for (const { line, rule: reason, detail, rows: count } of block.bad)
      take({ row: line, place: placeOf(name, line), bad: { reason, detail }, rows: count, text: null });
    for (const { line, example, outcome } of block.rows)
      take({ row: line, text: example, ...outcomeRow(placeOf(name, line), outcome) });
    looked += block.bad.reduce((sum, one) => sum + one.rows, new Set(block.rows.map(({ line }) => line)).size);
    onProgress(Math.min(block.done, size), size);
  }
  return { looked, rows: looked, isEstimate: false };
}

/** A row that is not blank, by its number from 1; bad ones that the reader leaves out have none. */
interface Numbered extends SampledRow {
  readonly row: number;
}

const placeOf = (name: string, line: number): string => `${name}:${line}`;

async function encoded(
  rows: readonly Numbered[],
  name: string,
  reading: Reading,
  encoder: RowEncoder,
): Promise<TrainingRow[]> {
  const read = rows.map(({ text }) => examplesIn(text, reading));
  const examples = read.flatMap((one) => ('examples' in one ? one.examples : []));
  const outcomes = (await encoder.encode(examples)).values();
  return rows.flatMap(({ row, line }, at): TrainingRow[] => {
    const place = placeOf(name, line);
    const one = read[at];
    if (!one) return [];
    if ('bad' in one) return [{ row, place, bad: { reason: one.bad.rule, detail: one.bad.detail }, text: null }];
    return one.examples.map((example) => ({ row, text: example, ...outcomeRow(place, outcomes.next().value) }));
  });
}

function outcomeRow(place: string, outcome: TrainingOutcome | undefined): PreflightRow {
  if (!outcome) throw new Error(`The encoder gave no outcome for the row at ${place}.`);
  if (!('refused' in outcome)) return { place, example: outcome };
  const { refused } = outcome;
  const { kind } = refused;
  if (!isRefusal(kind)) throw new Error(`A row was refused for "${kind}", which is no reason to.`);
  return { place, refused: { ...refused, kind } };
}

/** Rows by number, without reading on behind the last one that is wanted; `total` where the end of the file was seen. */
async function rowsFrom(path: string, parquet: ParquetReader, from: number, count: number) {
  const rows: Numbered[] = [];
  let [row, badRows] = [0, 0];
  for await (const { bytes, firstLine, lines, bad } of rowBlocks(path, parquet, { rows: from + count })) {
    badRows += bad.reduce((sum, one) => sum + one.rows, 0);
    for (const [place, text] of textLines(bytes).entries()) {
      if (text?.trim() === '') continue;
      row++;
      if (row >= from) rows.push({ row, line: lines?.[place] ?? firstLine + place, text });
      if (rows.length > count) return { rows: rows.slice(0, count), total: null };
    }
  }
  // A reader stops behind the rows that were wished for, its bad ones among them.
  return { rows, total: row + badRows >= from + count ? null : row };
}

const probe = async ({ data, text: { tokenizer, template } }: FileRowsOptions) =>
  template === null || !areLearned(data) || !(tokenizer instanceof BpeTokenizer)
    ? []
    : probeTemplate({
        tokenizer,
        template,
        lossOn: data.lossOn,
        templateOptions: templateOptions(data.chatTemplateKwargs),
      });
