/** What may follow `npm run bench --`. */
import { parseArgs } from 'node:util';
import type { Setup } from './setup.ts';
import type { Growth, Work } from './shapes.ts';

export type Device = 'cpu' | 'gpu';

export interface Arguments {
  readonly works: readonly Work[];
  /** Along what cost is measured as it grows, in place of `works`; empty where it is not asked for. */
  readonly growths: readonly Growth[];
  /** Keys of engines; null means all. */
  readonly engines: readonly string[] | null;
  readonly rounds: number;
  readonly seconds: number;
  readonly limit: number;
  readonly threads: number;
  readonly json: string | null;
  /** A file of `--json` that is shown again; nothing is measured. */
  readonly from: string | null;
  readonly isMarkdown: boolean;
  /** Whether docs/ and the READMEs get what was measured. */
  readonly isForReadme: boolean;
  readonly setups: readonly Setup[];
  readonly device: Device;
  /** The program that runs PyTorch; null to look for one. */
  readonly python: string | null;
  /** Whether the limit of the machine is measured first, as a share of which speeds are told. */
  readonly isMeasuringPeak: boolean;
}

/** What the names in arguments can be. */
export interface Known {
  readonly works: Readonly<Record<Device, readonly Work[]>>;
  /** Taken only where they are named. */
  readonly extraWorks: readonly Work[];
  readonly growths: readonly Growth[];
  /** Keys. */
  readonly engines: Readonly<Record<Device, readonly string[]>>;
  /** The default of `--threads`. */
  readonly cores: number;
}

/** Wrong arguments: the message says which and what is known. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const OPTIONS = {
  only: text,
  engines: text,
  growth: flag,
  rounds: text,
  seconds: text,
  limit: text,
  threads: text,
  json: text,
  from: text,
  markdown: flag,
  readme: flag,
  device: text,
  python: text,
  'without-peak': flag,
  'setup-python': flag,
  'setup-peers': flag,
  'setup-debian': flag,
} as const;

export const USAGE =
  '--only NAME[,NAME], --engines KEY[,KEY], --growth, --rounds N, --seconds N, --limit N, --threads N, --json FILE, --markdown, --readme, --from FILE, --device cpu|gpu, --python PROGRAM, --without-peak, --setup-python, --setup-peers, --setup-debian';

/** With `--growth`, `--only` names axes. Throws ArgumentError. */
export const readArguments = (args: readonly string[], known: Known): Arguments => {
  const given = parsed(args);
  const isGrowth = given.growth ?? false;
  const device = deviceCalled(given.device ?? 'cpu');
  if (device === 'gpu' && (given.growth || given.readme))
    throw new ArgumentError('--growth and --readme are for --device cpu.');
  if (given.readme && (given.only ?? given.engines) !== undefined)
    throw new ArgumentError('--readme writes whole tables: leave --only and --engines out.');
  return {
    works: isGrowth ? [] : worksOf(given.only, known.works[device], known.extraWorks),
    growths: isGrowth ? chosen('--only', given.only, known.growths, ({ axis }) => axis) : [],
    engines:
      given.engines === undefined ? null : chosen('--engines', given.engines, known.engines[device], (key) => key),
    rounds: count('--rounds', given.rounds ?? '7'),
    seconds: count('--seconds', given.seconds ?? '6'),
    limit: count('--limit', given.limit ?? '30'),
    threads: count('--threads', given.threads ?? String(known.cores)),
    json: given.json ?? null,
    from: given.from ?? null,
    isMarkdown: given.markdown ?? false,
    isForReadme: given.readme ?? false,
    device,
    python: given.python ?? null,
    isMeasuringPeak: !(given['without-peak'] ?? false),
    setups: (['python', 'peers', 'debian'] as const).filter((setup) => given[`setup-${setup}`]),
  };
};

const worksOf = (names: string | undefined, works: readonly Work[], extraWorks: readonly Work[]): readonly Work[] =>
  names === undefined ? works : chosen('--only', names, [...works, ...extraWorks], ({ name }) => name);

const deviceCalled = (name: string): Device => {
  if (name === 'cpu' || name === 'gpu') return name;
  throw new ArgumentError(`--device ${name}: cpu or gpu is wanted.`);
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new ArgumentError(`${error instanceof Error ? error.message : String(error)} Known: ${USAGE}.`);
  }
};

const chosen = <T>(
  option: string,
  names: string | undefined,
  all: readonly T[],
  nameOf: (one: T) => string,
): readonly T[] => (names === undefined ? all : names.split(',').map((name) => called(option, name, all, nameOf)));

const called = <T>(option: string, name: string, all: readonly T[], nameOf: (one: T) => string): T => {
  const found = all.find((one) => nameOf(one) === name);
  if (found !== undefined) return found;
  throw new ArgumentError(`${option} ${name}: no such name. Known: ${all.map(nameOf).join(', ')}.`);
};

const count = (option: string, given: string): number => {
  const value = Number(given);
  if (Number.isInteger(value) && value > 0) return value;
  throw new ArgumentError(`${option} ${given}: a whole number from 1 is wanted.`);
};
