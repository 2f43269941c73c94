/** Reads numbers from a model's config.json and says which key is wrong. */
import { ExecutorError } from '../executorError.ts';
import type { ModelConfig } from './family.ts';
import { phrase, said } from '../../protocol/sentence.ts';

export class ConfigReader {
  readonly #config: ModelConfig;

  constructor(config: ModelConfig) {
    this.#config = config;
  }

  /** A whole number of at least 1. */
  count(key: string, fallback?: number): number {
    const value = this.#config[key] ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
    return this.fail(key, 'a whole number of at least 1');
  }

  /** A finite number above 0. */
  positive(key: string, fallback?: number): number {
    const value = this.#config[key] ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    return this.fail(key, 'a number above 0');
  }

  /** Checks that a key, if present, has the only value that is understood. */
  only(key: string, expected: boolean | string | number): void {
    const value = this.#config[key];
    if (value !== undefined && value !== expected) this.fail(key, JSON.stringify(expected));
  }

  fail(key: string, expected: string): never {
    throw new ExecutorError(
      'badCheckpoint',
      said`config.json of the model: ${key} is ${JSON.stringify(this.#config[key]) ?? phrase('missing')}, expected ${phrase(expected)}.`,
      'Correct the key in config.json of the checkpoint, or choose another checkpoint.',
    );
  }
}
