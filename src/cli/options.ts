/** Values of options, read strictly. */
import { MOST } from '../config/fields.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import type { Arguments } from './arguments.ts';
import { BadInput } from './console.ts';

type Options = Arguments['options'];

/** Null if the option was not given. */
export function text(options: Options, name: keyof Options): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

export interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

/** How many of something there may be. */
export const COUNT: Range = { least: 1, most: MOST, isWhole: true };
export const SEED: Range = { least: 0, most: Number.MAX_SAFE_INTEGER, isWhole: true };
export const TEMPERATURE: Range = { least: 0, most: 10, isWhole: false };

/** Undefined if the option was not given. Throws `BadInput` for anything but a plain number of the range. */
export function numeric(
  options: Options,
  name: keyof Options,
  { least, most, isWhole }: Range,
  strings: Strings,
): number | undefined {
  const given = text(options, name);
  if (given === null) return undefined;
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole
    ? translate(strings, 'a whole number from {0} to {1}', least, most)
    : translate(strings, 'a number from {0} to {1}', least, most);
  throw new BadInput(translate(strings, '--{0} must be {1}, not “{2}”.', name, kind, given));
}

/** In points. */
const POINTS: Range = { least: 0.1, most: 99, isWhole: false };

/** The smallest difference that matters, for the trainer: a share. Nothing where it was not given. */
export function mattersArguments(options: Options, strings: Strings): string[] {
  const points = numeric(options, 'difference', POINTS, strings);
  return points === undefined ? [] : ['--matters', String(points / 100)];
}

/** `queue` if not given. */
export function onBusy(options: Options, strings: Strings): 'queue' | 'refuse' {
  const given = text(options, 'on-busy') ?? 'queue';
  if (given === 'queue' || given === 'refuse') return given;
  throw new BadInput(translate(strings, '--on-busy is “queue” or “refuse”, not “{0}”.', given));
}
