/** The weights and tokens that all engines of a work start from, as two files that any language can read. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { realFiles } from '../src/data/files.ts';
import { encodeSafetensors, readSafetensors } from '../src/data/safetensors.ts';
import type { Model } from '../src/engine/families/family.ts';
import { sizeOf } from '../src/engine/graph/graph.ts';
import { randomSource } from '../src/engine/random/randomSource.ts';
import { newWeights } from '../src/engine/recipes/startingPoint.ts';
import type { NamedArrays } from '../src/protocol/savedState.ts';
import { repeatedWeights } from './repeatedWeights.ts';

export interface InputFiles {
  /** safetensors, F32, Hugging Face's names. */
  readonly weights: string;
  /** int32 [B, T + 1] in the machine's byte order: each row is fed without its last token and learns without its first. */
  readonly tokens: string;
}

interface Batch {
  readonly batch: number;
  readonly length: number;
}

/** To draw more numbers than these would take a minute. */
const LARGE = 200e6;

export const writeInputs = (files: InputFiles, model: Model, { batch, length }: Batch): void => {
  const size = model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const values = size > LARGE ? repeatedWeights(model) : newWeights(model, 1);
  const weights = openSync(files.weights, 'w');
  for (const bytes of encodeSafetensors(values)) writeSync(weights, bytes);
  closeSync(weights);
  const random = randomSource(1, 'bench');
  const tokens = Int32Array.from({ length: batch * (length + 1) }, (_, i) =>
    Math.floor(random.uniform(i) * model.vocabSize),
  );
  writeFileSync(files.tokens, tokens);
};

export const readWeights = ({ weights }: InputFiles): NamedArrays => readSafetensors(realFiles, weights);

/** Both of `batch * length`, row by row. */
export const readTokens = ({ tokens }: InputFiles, { batch, length }: Batch) => {
  const bytes = readFileSync(tokens);
  const all = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const rows = (shift: number): Int32Array =>
    Int32Array.from({ length: batch * length }, (_, i) =>
      at(all, Math.floor(i / length) * (length + 1) + (i % length) + shift),
    );
  return { ids: rows(0), labels: rows(1) };
};

const at = (values: Int32Array, index: number): number => {
  const value = values[index];
  if (value === undefined) throw new Error(`The file of tokens has ${values.length}; number ${index} is wanted.`);
  return value;
};
