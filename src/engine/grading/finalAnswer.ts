/** Finds the answer a written solution ends with: the last `\boxed{…}`, `<answer>`, `#### 42`, or "the answer is 42". */

/** A longer one is no answer. */
const LONGEST = 2_000;
/** Phrases are looked for in the end of a text. */
const LONGEST_END = 4_000;
/** A text without any mark is an answer if it is no longer than this. */
const LONGEST_LINE = 200;

/** How an answer was marked; `line` is a text that is nothing but an answer. */
export type AnswerMark = 'box' | 'tag' | 'hashes' | 'phrase' | 'line';

export interface FoundAnswer {
  /** Without its mark; empty where the mark holds nothing. */
  readonly text: string;
  readonly mark: AnswerMark;
  /** How many answers are marked in the same way. */
  readonly count: number;
}

/** The last answer that is marked as one. What stands in `<think>` never counts. */
export function finalAnswer(completion: string): string | null {
  const found = markedAnswer(completion);
  return found === null || found.mark === 'line' ? null : found.text || null;
}

/** Null where no answer is marked, or the last box is cut off. */
export function markedAnswer(completion: string): FoundAnswer | null {
  const told = toldPart(completion);
  if (told === null) return null;
  const boxes = boxesIn(told);
  if (boxes === 'cut') return null;
  const found = boxes.length > 0 ? lastBoxes(told, boxes) : (inTag(told) ?? behindHashes(told) ?? inWords(told));
  return found ?? wholeLine(told);
}

/** What follows the chain of thought; null where it does not end. */
export function toldPart(completion: string): string | null {
  const at = completion.lastIndexOf('</think>');
  if (at >= 0) return completion.slice(at + '</think>'.length);
  return completion.includes('<think>') ? null : completion;
}

interface Box {
  readonly start: number;
  readonly end: number;
  readonly inner: string;
}

const BOX = /\\(?:boxed|fbox)(?![a-zA-Z])\s*/y;

/** All boxes that lie in no other box, in one pass; `cut` where the last is not closed. */
function boxesIn(text: string): readonly Box[] | 'cut' {
  let at = firstBox(text);
  if (at < 0) return [];
  const boxes: Box[] = [];
  const open: { readonly box: number; readonly inner: number }[] = [];
  let depth = 0;
  for (; at < text.length; at++) {
    const sign = text[at];
    if (sign === '\\') {
      BOX.lastIndex = at;
      const inner = BOX.test(text) ? BOX.lastIndex : -1;
      if (inner >= 0 && text[inner] === '{') {
        open.push({ box: at, inner: inner + 1 });
        at = inner;
      } else if (inner >= 0 && depth + open.length === 0) {
        boxes.push(bareBox(text, at, inner));
        at = inner - 1;
      } else at++;
    } else if (open.length === 0) continue;
    else if (sign === '{') open.push({ box: -1, inner: at + 1 });
    else if (sign === '}') closeOne(text, at, open, boxes);
  }
  const unclosed = open.findLast(({ box }) => box >= 0)?.box ?? -1;
  return unclosed > (boxes.at(-1)?.start ?? -1) ? 'cut' : boxes;
}

function firstBox(text: string): number {
  const [boxed, fbox] = [text.indexOf('\\boxed'), text.indexOf('\\fbox')];
  return boxed < 0 ? fbox : fbox < 0 ? boxed : Math.min(boxed, fbox);
}

function closeOne(
  text: string,
  at: number,
  open: { readonly box: number; readonly inner: number }[],
  boxes: Box[],
): void {
  const last = open.pop();
  if (!last || last.box < 0) return;
  while ((boxes.at(-1)?.start ?? -1) > last.box) boxes.pop();
  boxes.push({ start: last.box, end: at + 1, inner: text.slice(last.inner, at) });
}

/** `\boxed 5` */
function bareBox(text: string, start: number, inner: number): Box {
  const [word = ''] = /^[^\s$,;{}\\]+/.exec(text.slice(inner, inner + 100)) ?? [];
  return { start, end: inner + word.length, inner: word.replace(/\.$/, '') };
}

const BETWEEN = /^(?:[\s$,;]|\\[()[\],;]|and|or)*$/;
const LONGEST_BETWEEN = 20;

/** The last box, with those right before it. */
function lastBoxes(text: string, boxes: readonly Box[]): FoundAnswer {
  let first = boxes.length - 1;
  while (first > 0 && isNextTo(text, boxes[first - 1], boxes[first])) first--;
  const joined = boxes.slice(first).map(({ inner }) => unboxed(inner));
  return { text: joined.join(', ').slice(0, LONGEST + 1), mark: 'box', count: boxes.length };
}

function isNextTo(text: string, box: Box | undefined, next: Box | undefined): boolean {
  if (!box || !next || next.start - box.end > LONGEST_BETWEEN) return false;
  return BETWEEN.test(text.slice(box.end, next.start));
}

/** Without boxes that lie in it. */
const unboxed = (inner: string): string =>
  inner
    .slice(0, LONGEST + 1)
    .replace(/\\(?:boxed|fbox)(?![a-zA-Z])\s*/g, '')
    .trim();

function inTag(text: string): FoundAnswer | null {
  const start = text.lastIndexOf('<answer>');
  if (start < 0) return null;
  const end = text.indexOf('</answer>', start);
  if (end < 0) return null;
  const inner = text
    .slice(start + '<answer>'.length, end)
    .slice(0, LONGEST + 1)
    .trim();
  return { text: inner, mark: 'tag', count: text.split('<answer>', 3).length - 1 };
}

/** A heading above the answer. */
const HEADING = /^#*\s*(?:final |correct )?answer\b/i;

function behindHashes(text: string): FoundAnswer | null {
  const start = text.lastIndexOf('####');
  if (start < 0) return null;
  const line = text.slice(start + 4, start + 5 + LONGEST).split('\n')[0] ?? '';
  if (HEADING.test(line)) return null;
  return { text: line.trim(), mark: 'hashes', count: text.split('####', 3).length - 1 };
}

const PHRASE =
  /(?:^|\n)\s*(?:#{1,6}\s*|\*\*)(?:final\s+|correct\s+)?answer\s*(?:\*\*)?\s*\n\s*|\b(?:answers?|correct (?:option|choice|letter))\b(?:\s+(?:to|for|of)\s[^.:\n]{0,80}?)?(?:\*\*)?\s*(?::|\b(?:is|are|would be|should be|must be)\b)\s*(?::|=)?\s*(?:\*\*)?\s*(?::\s*)?/gi;

/** Words between a phrase and its answer. */
const LEADING = /^(?:(?:therefore|thus|hence|equal to|exactly|simply|indeed|clearly|given by|found to be)[,:]?\s+)+/i;
/** Where an answer goes on to explain itself. */
const TRAILING = /,?\s+(?:which|because|since|as required|as desired)\b.*$/is;

function inWords(text: string): FoundAnswer | null {
  const end = text.slice(-LONGEST_END);
  const found = [...end.matchAll(PHRASE)];
  const last = found.at(-1);
  if (!last) return null;
  const behind = end
    .slice(last.index + last[0].length)
    .trimStart()
    .replace(LEADING, '');
  if (/^not\b/i.test(behind)) return { text: '', mark: 'phrase', count: found.length };
  return { text: formulaAt(behind) ?? sentenceAt(behind), mark: 'phrase', count: found.length };
}

const FORMULAS: readonly (readonly [open: string, close: string])[] = [
  ['$$', '$$'],
  ['$', '$'],
  ['\\(', '\\)'],
  ['\\[', '\\]'],
];

/** The formula that a text begins with; what touches it (`%`, a unit) is a part of the answer. */
function formulaAt(text: string): string | null {
  for (const [open, close] of FORMULAS) {
    if (!text.startsWith(open)) continue;
    const end = text.indexOf(close, open.length);
    if (
      end < 0 ||
      (open === '$' && /^\$\d[\d,.]*(?:\s|$)/.test(text) && text.indexOf('\n') < end && text.includes('\n'))
    )
      return null;
    return text.slice(open.length, end).trim();
  }
  return null;
}

/** Up to the end of the sentence or line. */
function sentenceAt(text: string): string {
  const line = text.slice(0, LONGEST + 1).split('\n')[0] ?? '';
  const [sentence = ''] = /^.*?[.!?](?=\s+[A-Z("'*]|\s*$)/.exec(line) ?? [line];
  return sentence
    .replace(TRAILING, '')
    .replace(/[\s.,;]+$/, '')
    .trim();
}

const FORMULA_LINE = /^(?:\*\*)?(?:\$\$?([^$]+)\$\$?|\\\((.+)\\\)|\\\[(.+)\\\])\.?(?:\*\*)?\.?$/s;

/** The whole text if it is one short line; else its last line if that is nothing but a formula. */
function wholeLine(text: string): FoundAnswer | null {
  const bare = text.trim();
  if (bare !== '' && bare.length <= LONGEST_LINE && !bare.includes('\n') && !isProse(bare))
    return { text: bare, mark: 'line', count: 1 };
  const end = bare.slice(-LONGEST);
  const last = end.slice(end.lastIndexOf('\n') + 1);
  const formula = FORMULA_LINE.exec(last.trim()) ?? displayed(end);
  const inner = formula?.slice(1).find((part) => part !== undefined);
  return inner === undefined ? null : { text: inner.trim(), mark: 'line', count: 1 };
}

const MOST_WORDS = 6;

const isProse = (line: string): boolean => (line.match(/(?<!\\)\b\p{L}{2,}/gu) ?? []).length > MOST_WORDS;

/** `$$`, a line, `$$` at the end of a text. */
const displayed = (end: string): RegExpExecArray | null => /(?:\$\$|\\\[)\n([^$\n]+)\n(?:\$\$|\\\])$/.exec(end);
