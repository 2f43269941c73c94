/** Values of options, read strictly. */
import { translate, type Strings } from '../protocol/translate.ts';
import type { Arguments } from './arguments.ts';
import { BadInput } from './console.ts';

type Options = Arguments['options'];

/** Null if the option was not given. */
export function text(options: Options, name: keyof Options): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** Undefined if the option was not given. Throws `BadInput` for anything but a plain number of at least `least`. */
export function numeric(
  options: Options,
  name: keyof Options,
  { least, isWhole }: { readonly least: number; readonly isWhole: boolean },
  strings: Strings,
): number | undefined {
  const given = text(options, name);
  if (given === null) return undefined;
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= Number.MAX_SAFE_INTEGER && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole
    ? translate(strings, 'a whole number of at least {0}', least)
    : translate(strings, 'a number of at least {0}', least);
  throw new BadInput(translate(strings, '--{0} must be {1}, not “{2}”.', name, kind, given));
}

/** `queue` if not given. */
export function onBusy(options: Options, strings: Strings): 'queue' | 'refuse' {
  const given = text(options, 'on-busy') ?? 'queue';
  if (given === 'queue' || given === 'refuse') return given;
  throw new BadInput(translate(strings, '--on-busy is “queue” or “refuse”, not “{0}”.', given));
}
