/** Sequences side by side, padded on the right, by place and not by token, to a length from a short list, so that few programs need compiling. */
import { bucketOf } from '../../config/buckets.ts';

export interface Example {
  /** Prompt, completion and end token. */
  readonly tokens: ArrayLike<number>;
  /** Whether the token at a place is learned. The first one never is: nothing stands before it. */
  readonly isLearned: (place: number) => boolean;
  /** What it is preferred to: the next row of a batch. */
  readonly rejected?: Example;
}

export interface Batch {
  readonly size: number;
  readonly length: number;
  /** [size, length] */
  readonly inputIds: Int32Array;
  /** [size, length]; the token that follows, or -100 where nothing is learned. */
  readonly labels: Int32Array;
  /** [size, length] each: what an objective is given beside them. */
  readonly objectiveInputs?: Readonly<Record<string, Float32Array>>;
  /** Tokens without padding. */
  readonly tokens: number;
  /** Tokens that are learned. */
  readonly labelled: number;
  /** Where rows hold several examples: the place of each token in its example, and the number of that in its row, both [size, length]. */
  readonly packing?: { readonly positions: Int32Array; readonly documents: Int32Array };
}

const IGNORED = -100;

/** The last token of a sequence is only ever a label: inputs are one shorter than the examples. `lengthFor` says to what the longest is padded. */
export function batchOf(examples: readonly Example[], padToken: number, lengthFor = bucketOf): Batch {
  const sequences = examples.flatMap((example) => (example.rejected ? [example, example.rejected] : [example]));
  const length = lengthFor(longestInput(sequences));
  return filled(
    sequences.map((sequence) => [sequence]),
    length,
    padToken,
  );
}

/** The same examples in fewer rows, as many behind each other as fit beside the longest; none is cut. */
export function packedBatchOf(examples: readonly Example[], padToken: number): Batch {
  const length = bucketOf(longestInput(examples));
  const rows = bestFit(examples, length);
  const count = fewSizes(rows.length);
  return filled([...rows, ...Array.from({ length: count - rows.length }, () => [])], length, padToken, true);
}

/** Tokens of an example, or of the longer one of a pair. */
export const longestIn = ({ tokens, rejected }: Example): number =>
  Math.max(tokens.length, rejected?.tokens.length ?? 0);

const inputsOf = ({ tokens }: Example): number => tokens.length - 1;
const longestInput = (examples: readonly Example[]): number => Math.max(...examples.map(inputsOf));

/** Best-fit decreasing (TRL's `bfd`): each example, the longest first, into the fullest row that has room. */
function bestFit(examples: readonly Example[], length: number): readonly (readonly Example[])[] {
  const rows: { readonly examples: Example[]; room: number }[] = [];
  for (const example of examples.toSorted((a, b) => inputsOf(b) - inputsOf(a))) {
    const fitting = rows.filter(({ room }) => room >= inputsOf(example));
    const tightest = fitting.reduce<(typeof rows)[number] | null>(
      (best, row) => (best === null || row.room < best.room ? row : best),
      null,
    );
    const row = tightest ?? { examples: [], room: length };
    if (!tightest) rows.push(row);
    row.examples.push(example);
    row.room -= inputsOf(example);
  }
  return rows.map((row) => row.examples);
}

/** Eight sizes for each power of two: each needs a program of its own, and an empty row costs less. */
function fewSizes(rows: number): number {
  const step = Math.max(1, 2 ** (Math.floor(Math.log2(rows)) - 3));
  return Math.ceil(rows / step) * step;
}

function filled(rows: readonly (readonly Example[])[], length: number, padToken: number, isPacked = false): Batch {
  const values = (value: number): Int32Array => new Int32Array(rows.length * length).fill(value);
  const [inputIds, labels, positions, documents] = [values(padToken), values(IGNORED), values(0), values(0)];
  let [tokens, labelled] = [0, 0];
  for (const [row, examples] of rows.entries()) {
    let start = row * length - 1;
    for (const [document, example] of examples.entries()) {
      tokens += example.tokens.length;
      for (let at = 1; at < example.tokens.length; at++) {
        inputIds[start + at] = example.tokens[at - 1] ?? padToken;
        positions[start + at] = at - 1;
        documents[start + at] = document + 1;
        if (!example.isLearned(at)) continue;
        labels[start + at] = example.tokens[at] ?? IGNORED;
        labelled++;
      }
      start += inputsOf(example);
    }
  }
  const batch = { size: rows.length, length, inputIds, labels, tokens, labelled };
  return isPacked ? { ...batch, packing: { positions, documents } } : batch;
}
