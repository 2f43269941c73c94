/** Reads a model's config.json and says which key is wrong. */
import { ExecutorError } from '../executorError.ts';
import type { ModelConfig } from './family.ts';
import { phrase, said } from '../../protocol/sentence.ts';
import { shown } from '../../protocol/shown.ts';
import type { Json } from '../../protocol/savedState.ts';

type JsonObject = { readonly [key: string]: Json };

export class ConfigReader {
  readonly #config: JsonObject;
  /** Where the object stands in the file, e.g. `rope_scaling.`. */
  readonly #path: string;

  constructor(config: ModelConfig | JsonObject, path = '') {
    this.#config = config;
    this.#path = path;
  }

  /** A whole number of at least 1, and of at most `most` where that is given. */
  count(key: string, fallback?: number, most?: number): number {
    const value = this.#config[key] ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= (most ?? value))
      return value;
    return this.fail(key, `a whole number of at least 1${most === undefined ? '' : ` and at most ${most}`}`);
  }

  /** A finite number above 0. */
  positive(key: string, fallback?: number): number {
    return this.positiveOrNull(key) ?? fallback ?? this.fail(key, 'a number above 0');
  }

  /** A finite number above 0, or null where the key is left out. */
  positiveOrNull(key: string): number | null {
    const value = this.#config[key] ?? null;
    if (value === null || (typeof value === 'number' && Number.isFinite(value) && value > 0)) return value;
    return this.fail(key, 'a number above 0');
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#config[key] ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(key, 'true or false');
  }

  /** One of the words. */
  choice<T extends string>(key: string, words: readonly T[], fallback?: T): T {
    const value = this.#config[key] ?? fallback;
    return words.find((word) => word === value) ?? this.fail(key, words.map((word) => `"${word}"`).join(' or '));
  }

  /** A list of so many of the words, or null where the key is left out. */
  choices<T extends string>(key: string, words: readonly T[], length: number): readonly T[] | null {
    const value = this.#config[key] ?? null;
    if (value === null) return null;
    const expected = `a list of ${length} of ${words.map((word) => `"${word}"`).join(', ')}`;
    if (!Array.isArray(value) || value.length !== length) return this.fail(key, expected);
    return value.map((item: Json) => words.find((word) => word === item) ?? this.fail(key, expected));
  }

  /** The object at a key, or null where it is left out. */
  nested(key: string): ConfigReader | null {
    const value = this.#config[key] ?? null;
    if (value === null) return null;
    if (typeof value === 'object' && !Array.isArray(value))
      return new ConfigReader(value as JsonObject, `${this.#path}${key}.`);
    return this.fail(key, 'an object');
  }

  has(key: string): boolean {
    return (this.#config[key] ?? null) !== null;
  }

  /** Checks that a key, if present, has the only value that is understood. */
  only(key: string, expected: boolean | string | number): void {
    const value = this.#config[key] ?? expected;
    if (value !== expected) this.fail(key, JSON.stringify(expected));
  }

  fail(key: string, expected: string): never {
    throw new ExecutorError(
      'badCheckpoint',
      said`config.json of the model: ${this.#path + key} is ${this.#config[key] === undefined ? phrase('missing') : shown(this.#config[key])}, expected ${phrase(expected)}.`,
      'Correct the key in config.json of the checkpoint, or choose another checkpoint.',
    );
  }
}
