/** Units behind numbers: which words are units, and how many of one another is. */
import { combine, equal, integer, parseRational, type Rational } from '../rational.ts';

/** Base unit, factor, names. Factors are exact by definition of the unit. */
const TABLE: readonly (readonly [base: string, factor: string, names: string])[] = [
  ['m', '1', 'm meter metre'],
  ['m', '1000', 'km kilometer kilometre'],
  ['m', '1/100', 'cm centimeter centimetre'],
  ['m', '1/1000', 'mm millimeter millimetre'],
  ['m', '1/1000000', 'micrometer micrometre micron'],
  ['m', '1/1000000000', 'nm nanometer nanometre'],
  ['m', '0.0254', 'in inch inche'],
  ['m', '0.3048', 'ft foot feet'],
  ['m', '0.9144', 'yd yard'],
  ['m', '1609.344', 'mi mile'],
  ['s', '1', 's sec second'],
  ['s', '1/1000', 'ms millisecond'],
  ['s', '60', 'min minute'],
  ['s', '3600', 'h hr hour'],
  ['s', '86400', 'day'],
  ['s', '604800', 'week wk'],
  ['year', '1', 'yr year'],
  ['month', '1', 'month mo'],
  ['g', '1', 'g gram gramme'],
  ['g', '1000', 'kg kilogram'],
  ['g', '1/1000', 'mg milligram'],
  ['g', '1000000', 'tonne'],
  ['ton', '1', 'ton'],
  ['lb', '1', 'lb pound'],
  ['lb', '1/16', 'oz ounce'],
  ['l', '1', 'l liter litre'],
  ['l', '1/1000', 'ml milliliter millilitre'],
  ['gallon', '1', 'gal gallon'],
  ['gallon', '1/4', 'qt quart'],
  ['gallon', '1/8', 'pt pint'],
  ['gallon', '1/16', 'cup'],
  ['dollar', '1', 'dollar usd buck'],
  ['dollar', '1/100', 'cent penny pennie'],
  ['euro', '1', 'euro eur'],
  ['pound sterling', '1', 'gbp'],
  ['yen', '1', 'yen'],
  ['rupee', '1', 'rupee'],
  ['n', '1', 'n newton'],
  ['j', '1', 'j joule'],
  ['j', '1000', 'kj kilojoule'],
  ['w', '1', 'w watt'],
  ['w', '1000', 'kw kilowatt'],
  ['v', '1', 'v volt'],
  ['a', '1', 'ampere amp'],
  ['pa', '1', 'pa pascal'],
  ['hz', '1', 'hz hertz'],
  ['k', '1', 'k kelvin'],
  ['mol', '1', 'mol mole'],
  ['rad', '1', 'rad radian'],
  ['ohm', '1', 'ohm'],
  ['byte', '1', 'byte'],
  ['mph', '1', 'mph'],
  ['kmh', '1', 'kmh kph'],
  ['unit', '1', 'unit'],
  ['celsius', '1', 'celsius'],
  ['fahrenheit', '1', 'fahrenheit'],
  ['person', '1', 'person people'],
  ['way', '1', 'way'],
];
/** Units that are several others. */
const COMPOUND: Readonly<Record<string, string>> = { mph: 'mile / hour', kmh: 'km / hour', kph: 'km / hour' };

interface Known {
  readonly base: string;
  readonly factor: Rational;
}

const KNOWN: ReadonlyMap<string, Known> = new Map(
  TABLE.flatMap(([base, factor, names]) =>
    names.split(' ').map((name): [string, Known] => [name, { base, factor: parseRational(factor) ?? integer(1n) }]),
  ),
);
const ONE_LETTER: ReadonlySet<string> = new Set('mgshLlNJWVK');

/** Behind a number and a space, at the end of an answer. */
export const isUnitLetter = (letter: string): boolean => ONE_LETTER.has(letter);

/** Names of units of two letters and more; `as`, `of` and the like are none. */
export const isUnitWord = (word: string): boolean =>
  word.length > 1 && (KNOWN.has(singular(word)) || word === 'sq' || word === 'cu' || word === 'per');

const singular = (word: string): string => {
  const name = word.toLowerCase();
  return name.length > 2 && name.endsWith('s') && name !== 'celsius' ? name.slice(0, -1) : name;
};

/** A unit as a product of base units. */
interface Unit {
  readonly factor: Rational;
  /** Exponent of each base; unknown nouns are bases of their own. */
  readonly powers: ReadonlyMap<string, number>;
}

/** How many `to` one `from` is; null where they measure different things. */
export function conversion(from: string, to: string): Rational | null {
  if (from === to) return integer(1n);
  const [a, b] = [parseUnit(from), parseUnit(to)];
  if (!isSameKind(a, b)) return null;
  return combine('/', a.factor, b.factor);
}

/** Whether a factor changes a number. */
export const isOne = (factor: Rational): boolean => equal(factor, integer(1n));

function isSameKind(a: Unit, b: Unit): boolean {
  const bases = new Set([...a.powers.keys(), ...b.powers.keys()]);
  return [...bases].every((base) => (a.powers.get(base) ?? 0) === (b.powers.get(base) ?? 0));
}

const MOST_PARTS = 12;

/** Of `km / h`, `cm ^ 2`, `square feet`, `meters per second`, `apples`. */
function parseUnit(written: string): Unit {
  const powers = new Map<string, number>();
  let factor = integer(1n);
  let [sign, prefix] = [1, 1];
  for (const part of expanded(written).slice(0, MOST_PARTS)) {
    if (part === '/' || part === 'per') sign = -1;
    else if (part === 'square' || part === 'sq') prefix = 2;
    else if (part === 'cubic' || part === 'cu') prefix = 3;
    else {
      const [name = '', exponent = '1'] = part.split('^');
      const power = sign * prefix * Math.max(-6, Math.min(6, Number(exponent) || 1));
      const known = KNOWN.get(singular(name)) ?? { base: singular(name), factor: integer(1n) };
      factor = multiplied(factor, known.factor, power);
      powers.set(known.base, (powers.get(known.base) ?? 0) + power);
      prefix = 1;
    }
  }
  return { factor, powers };
}

const expanded = (written: string): readonly string[] =>
  written
    .replace(/\s*\^\s*/g, '^')
    .replace(/\bsquared\b/g, '^2')
    .replace(/\bcubed\b/g, '^3')
    .replace(/\s+\^/g, '^')
    .replace(/\//g, ' / ')
    .split(/[\s*]+/)
    .flatMap((part) => (COMPOUND[part] ?? part).split(' '))
    .filter((part) => part !== '' && part !== 'of' && part !== 'the');

function multiplied(product: Rational, factor: Rational, power: number): Rational {
  let result = product;
  for (let step = 0; step < Math.abs(power); step++) result = combine(power > 0 ? '*' : '/', result, factor) ?? result;
  return result;
}
