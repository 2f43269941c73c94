/** Damaged model folders: config.json, index and safetensors are read, or refused by a rule, soon and in little memory. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFailure } from '../../src/data/dataFailure.ts';
import { readModelFolder } from '../../src/data/modelFolder.ts';
import { ModelFolderFailure } from '../../src/data/modelFolderFailure.ts';
import { SafetensorsFailure } from '../../src/data/safetensorsHeader.ts';
import { ExecutorError } from '../../src/engine/executorError.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import { Draws } from '../../src/engine/random/draws.ts';
import { randomSource } from '../../src/engine/random/randomSource.ts';
import type { NamedArrays } from '../../src/protocol/savedState.ts';
import { damageValue } from './damageValue.ts';
import { mutant } from './mutate.ts';

/** Ten times what a person may wait for, so that a busy machine is no failure. */
const DEADLINE_MS = 20_000;
const MOST_MB = 256;
const LONGEST_SENTENCE = 1_000;

const FIXTURES = join('test', 'fixtures', 'transformers');
/** One in a single file, one in shards, one with layers of two kinds. */
const BASES = ['llama', 'qwen3', 'gemma3_text'] as const;

/** What is damaged: one file of a whole folder. Without bytes it is the folder's own. */
interface Target {
  readonly base: string;
  readonly file: string;
  readonly base64?: string;
}

const encoded = (target: Target): Buffer => Buffer.from(JSON.stringify(target));
const decoded = (bytes: Buffer): Target => JSON.parse(bytes.toString('utf8')) as Target;

export const folderSeeds = (): readonly Buffer[] =>
  BASES.flatMap((base) =>
    readdirSync(join(FIXTURES, base))
      .filter((file) => /^(config\.json|.*\.safetensors|.*\.index\.json)$/.test(file))
      .sort()
      .map((file) => encoded({ base, file })),
  );

const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  1e300,
  '',
  'x',
  'F32',
  'BF16',
  'F4',
  'x'.repeat(20_000),
  '../model.safetensors',
  '/etc/passwd',
  'https://example.org/model.safetensors',
  'model-00001-of-00006.safetensors',
  '__proto__',
  'llama3',
  'yarn',
  'sliding_attention',
  [],
  {},
  [[]],
  [0, 8],
  [8, 0],
  [4_194_305, 4_194_305, 211_106_198_978_564],
  Array.from({ length: 50_000 }, () => 1),
  { rope_type: 'linear', factor: 1e300 },
  { quant_method: 'x'.repeat(20_000) },
];

/** Each fourth is damaged byte by byte, the others in a value of the JSON in the file. */
export function damagedFolder(seed: Buffer, run: number, number: number): Buffer {
  const { base, file } = decoded(seed);
  const original = readFileSync(join(FIXTURES, base, file));
  const bytes = file.endsWith('.safetensors')
    ? damagedWeights(original, run, number)
    : number % 4 === 0
      ? mutant(original, run, number)
      : damagedJson(original, run, number);
  return encoded({ base, file, base64: bytes.toString('base64') });
}

function damagedJson(bytes: Buffer, run: number, number: number): Buffer {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  damageValue(value, new Draws(randomSource(run, 'fuzz/folder', number)), HOSTILE);
  return Buffer.from(JSON.stringify(value));
}

/** The header is damaged, as its bytes or as JSON, and the numbers behind it stay; its length is told as it is, or not. */
function damagedWeights(bytes: Buffer, run: number, number: number): Buffer {
  if (number % 8 === 0) return mutant(bytes, run, number);
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header = bytes.subarray(8, end);
  const damaged = number % 4 === 0 ? mutant(header, run, number) : damagedJson(header, run, number);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(number % 8 === 1 ? header.length : damaged.length));
  return Buffer.concat([length, damaged, bytes.subarray(end)]);
}

/** Reads one damaged folder after the other, each in the place of its base. */
export class FolderFuzzer {
  readonly tally = { read: 0, refused: {} as Record<string, number>, slowestMs: 0, mostMemory: 0 };
  readonly #folder: string;

  /** `folder` holds what is read. */
  constructor(folder: string) {
    this.#folder = join(folder, 'models');
    mkdirSync(this.#folder);
    for (const base of BASES) cpSync(join(FIXTURES, base), join(this.#folder, base), { recursive: true });
  }

  /** The sentence that says what is wrong; null where all holds. */
  problem(bytes: Buffer): string | null {
    const { base, file, base64 = '' } = decoded(bytes);
    const path = join(this.#folder, base, file);
    writeFileSync(path, Buffer.from(base64, 'base64'));
    const [started, memory] = [performance.now(), peakMB()];
    const problem = this.#outcome(join(this.#folder, base));
    const [taken, grown] = [performance.now() - started, peakMB() - memory];
    cpSync(join(FIXTURES, base, file), path);
    this.tally.slowestMs = Math.max(this.tally.slowestMs, Math.round(taken));
    this.tally.mostMemory = Math.max(this.tally.mostMemory, Math.round(grown));
    if (problem !== null) return problem;
    if (grown > MOST_MB) return `it took ${Math.round(grown)} MB`;
    return taken > DEADLINE_MS ? `took ${Math.round(taken)} ms` : null;
  }

  #outcome(folder: string): string | null {
    try {
      const { weights } = readModelFolder(folder, (config) => modelOf(config).parameters);
      this.tally.read++;
      return wrongWeight(weights);
    } catch (error) {
      const rule = ruleOf(error);
      if (rule === null) return `thrown: ${error instanceof Error ? error.stack : String(error)}`;
      this.tally.refused[rule] = (this.tally.refused[rule] ?? 0) + 1;
      const { message } = error as Error;
      return message.length < LONGEST_SENTENCE ? null : `a sentence of ${message.length} characters`;
    }
  }
}

/** Null for what is no expected failure. */
function ruleOf(error: unknown): string | null {
  if (error instanceof ModelFolderFailure || error instanceof SafetensorsFailure) return error.rule;
  if (error instanceof ExecutorError) return error.code;
  return error instanceof DataFailure && error.code === 'badCheckpoint' ? error.code : null;
}

const wrongWeight = (weights: NamedArrays): string | null => {
  const found = Object.entries(weights).find(
    ([, { shape, values }]) => values.length !== shape.reduce((product, length) => product * length, 1),
  );
  return found ? `${found[0]} has ${found[1].values.length} numbers` : null;
};

const peakMB = (): number => process.resourceUsage().maxRSS / 1000;
