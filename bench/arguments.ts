/** What may follow `npm run bench --`. */
import { parseArgs } from 'node:util';
import type { Work } from './shapes.ts';

export interface Arguments {
  readonly works: readonly Work[];
  readonly rounds: number;
  readonly threads: number;
  readonly json: string | null;
  readonly isSettingUpPython: boolean;
}

/** Wrong arguments: the message says which and what is known. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** `cores` is the default for `--threads`. Throws ArgumentError. */
export const readArguments = (args: readonly string[], works: readonly Work[], cores: number): Arguments => {
  const { only, rounds, threads, json, 'setup-python': isSettingUpPython } = parsed(args);
  return {
    works: only === undefined ? works : only.split(',').map((name) => workCalled(name, works)),
    rounds: count('--rounds', rounds ?? '7'),
    threads: count('--threads', threads ?? String(cores)),
    json: json ?? null,
    isSettingUpPython: isSettingUpPython ?? false,
  };
};

const parsed = (args: readonly string[]) => {
  const text = { type: 'string' } as const;
  const options = { only: text, rounds: text, threads: text, json: text, 'setup-python': { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ArgumentError(`${error instanceof Error ? error.message : String(error)} Known: ${USAGE}.`);
  }
};

const USAGE = '--only NAME[,NAME], --rounds N, --threads N, --json FILE, --setup-python';

const workCalled = (name: string, works: readonly Work[]): Work => {
  const work = works.find((candidate) => candidate.name === name);
  if (work) return work;
  throw new ArgumentError(`--only ${name}: no such work. Known: ${works.map((known) => known.name).join(', ')}.`);
};

const count = (option: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new ArgumentError(`${option} ${text}: a whole number from 1 is wanted.`);
};
