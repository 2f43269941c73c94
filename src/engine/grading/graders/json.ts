/** Answers in JSON: equal as values, whatever the order of keys and the way numbers are written. */
import { toldPart } from '../finalAnswer.ts';
import { plainJudgement, type Given, type Grader, type GraderOptions } from './grader.ts';

/** Longer texts are not parsed. */
const LONGEST = 100_000;
const DEEPEST = 64;

function judge({ prediction, gold }: Given, { isStrict }: GraderOptions) {
  const wanted = parsed(gold);
  if (wanted === null) return plainJudgement('gold_unparsed', 'gold', null, gold.slice(0, 200));
  const text = jsonIn(prediction, isStrict);
  const given = text === null ? null : parsed(text);
  if (text === null || given === null) return plainJudgement('unparsed', 'noJson', text?.slice(0, 200) ?? null, gold);
  const [a, b] = [canonical(given.value), canonical(wanted.value)];
  const told = { answer: text, normalisedAnswer: a, normalisedGold: b, rule: 'json' };
  return { ...told, verdict: a !== null && a === b ? ('correct' as const) : ('wrong' as const) };
}

function parsed(text: string): { readonly value: unknown } | null {
  if (text.length > LONGEST) return null;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The whole text; else the last fenced block; else what stands between the first and the last bracket. */
function jsonIn(prediction: string, isStrict: boolean): string | null {
  const told = (toldPart(prediction) ?? '').trim();
  if (isStrict || parsed(told) !== null) return told === '' ? null : told;
  return fenced(told) ?? bracketed(told);
}

function fenced(text: string): string | null {
  const end = text.lastIndexOf('```');
  const start = end < 0 ? -1 : text.lastIndexOf('```', end - 1);
  return start < 0
    ? null
    : text
        .slice(start + 3, end)
        .replace(/^[a-zA-Z]*\n/, '')
        .trim();
}

function bracketed(text: string): string | null {
  const start = text.search(/[[{]/);
  const end = Math.max(text.lastIndexOf(']'), text.lastIndexOf('}'));
  return start < 0 || end < start ? null : text.slice(start, end + 1);
}

/** With keys in order; null where it is nested too deep. */
function canonical(value: unknown, depth = DEEPEST): string | null {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth === 0) return null;
  if (Array.isArray(value))
    return joined(
      value.map((item) => canonical(item, depth - 1)),
      '[',
      ']',
    );
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = entries.map(([key, item]) => {
    const inner = canonical(item, depth - 1);
    return inner === null ? null : `${JSON.stringify(key)}:${inner}`;
  });
  return joined(parts, '{', '}');
}

const joined = (parts: readonly (string | null)[], open: string, close: string): string | null =>
  parts.includes(null) ? null : `${open}${parts.join(',')}${close}`;

export const json: Grader = { name: 'json', quick: () => null, judge };
