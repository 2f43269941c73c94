/** What may follow `npm run bench --`. */
import { parseArgs } from 'node:util';
import { trial, type Work } from './shapes.ts';

export type Device = 'cpu' | 'gpu';

export interface Arguments {
  readonly works: readonly Work[];
  readonly rounds: number;
  readonly threads: number;
  readonly json: string | null;
  readonly isSettingUpPython: boolean;
  readonly device: Device;
  /** The program that runs PyTorch; null to look for one. */
  readonly python: string | null;
  /** Whether the limit of the machine is measured first, as a share of which speeds are told. */
  readonly isMeasuringPeak: boolean;
}

/** Wrong arguments: the message says which and what is known. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** `works` by device; `cores` is the default for `--threads`. Throws ArgumentError. */
export const readArguments = (
  args: readonly string[],
  works: Readonly<Record<Device, readonly Work[]>>,
  cores: number,
): Arguments => {
  const given = parsed(args);
  const { only, rounds = '7', threads = String(cores), json = null, python = null } = given;
  const device = deviceCalled(given.device ?? 'cpu');
  return {
    works: only === undefined ? works[device] : only.split(',').map((name) => workCalled(name, works[device])),
    rounds: count('--rounds', rounds),
    threads: count('--threads', threads),
    json,
    isSettingUpPython: given['setup-python'] ?? false,
    device,
    python,
    isMeasuringPeak: !(given['without-peak'] ?? false),
  };
};

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const OPTIONS = {
  only: TEXT,
  rounds: TEXT,
  threads: TEXT,
  json: TEXT,
  device: TEXT,
  python: TEXT,
  'setup-python': FLAG,
  'without-peak': FLAG,
} as const;

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new ArgumentError(`${error instanceof Error ? error.message : String(error)} Known: ${USAGE}.`);
  }
};

const USAGE =
  '--only NAME[,NAME], --rounds N, --threads N, --json FILE, --device cpu|gpu, --python PROGRAM, --without-peak, --setup-python';

const deviceCalled = (name: string): Device => {
  if (name === 'cpu' || name === 'gpu') return name;
  throw new ArgumentError(`--device ${name}: cpu or gpu is wanted.`);
};

const workCalled = (name: string, works: readonly Work[]): Work => {
  const known = [...works, trial];
  const work = known.find((candidate) => candidate.name === name);
  if (work) return work;
  throw new ArgumentError(`--only ${name}: no such work. Known: ${known.map((each) => each.name).join(', ')}.`);
};

const count = (option: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new ArgumentError(`${option} ${text}: a whole number from 1 is wanted.`);
};
