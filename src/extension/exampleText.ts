/** A training example as the text of a document, with where each token stands in it. Pure. */
import { displayText } from '../protocol/displayText.ts';
import type { PreviewedExample, TokenPiece, TokenState } from '../protocol/examplePreview.ts';
import { english, type Sentence, saidIn } from '../protocol/sentence.ts';
import { whole } from './numbers.ts';
import type { Say } from './say.ts';

export interface ExampleText {
  readonly text: string;
  /** In the order of the text; UTF-16 offsets, `end` exclusive. */
  readonly spans: readonly TokenSpan[];
  /** Words of the legend, shown like the tokens they name. */
  readonly legend: readonly LegendSpan[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface TokenSpan extends Span {
  readonly piece: TokenPiece;
  /** Of the rejected completion of a preference, or its prompt. */
  readonly isRejected: boolean;
}

export interface LegendSpan extends Span {
  readonly shown: TokenState | 'special';
}

const RULE = '─'.repeat(40);

/** The examples of one row. `rows`: how many there are, where that is known. */
export function exampleText(examples: readonly PreviewedExample[], rows: number | null, say: Say): ExampleText {
  const spans: TokenSpan[] = [];
  let text = '';
  let legend: readonly LegendSpan[] = [];
  for (const example of examples) {
    text += `${headLines(example, rows, say).join('\n')}\n`;
    const told = legendOf(text.length, example.part, say);
    legend = [...legend, ...told.spans];
    text += `${told.text}\n${RULE}\n`;
    for (const piece of example.pieces) {
      const shown = pieceText(piece);
      // The line break itself stays outside: what is painted is the sign before it.
      const end = text.length + shown.replace(/\n$/, '').length;
      spans.push({ start: text.length, end, piece, isRejected: example.part === 'rejected' });
      text += shown;
    }
    text += '\n\n';
  }
  return { text: `${text.trimEnd()}\n`, spans, legend };
}

export const exampleTitle = (row: number, rows: number | null, say: Say): string =>
  rows === null ? say('Training example {0}', whole(row)) : say('Training example {0} of {1}', whole(row), whole(rows));

function headLines(example: PreviewedExample, rows: number | null, say: Say): string[] {
  const { row, place, part, tokens, learned, cut, leftOut, findings } = example;
  const words = (sentence: Sentence): string => displayText(saidIn(say, english(sentence), sentence));
  const title = exampleTitle(row, rows, say);
  return [
    [title, ...(place === String(row) ? [] : [displayText(place)]), ...partName(part, say)].join(' · '),
    say(
      '{0} tokens: {1} learned, {2} read only, {3} cut off',
      whole(tokens),
      whole(learned),
      whole(tokens - learned - cut),
      whole(cut),
    ),
    ...(leftOut ? [`✗ ${words(leftOut)}`] : []),
    ...findings.map((finding) => `! ${words(finding)}`),
  ];
}

/** Which completion of a preference it is; nothing where there is only one. */
function partName(part: PreviewedExample['part'], say: Say): string[] {
  switch (part) {
    case 'chosen':
      return [say('chosen')];
    case 'rejected':
      return [say('rejected')];
    case undefined:
      return [];
    default:
      return part satisfies never;
  }
}

function legendOf(
  from: number,
  part: PreviewedExample['part'],
  say: Say,
): { readonly text: string; readonly spans: readonly LegendSpan[] } {
  const names = [
    ['learned', part === 'rejected' ? say('learned to avoid') : say('learned')],
    ['read', say('read, not learned')],
    ['cut', say('cut off by the limit')],
    ['special', say('special token')],
  ] as const;
  let text = '';
  const spans = names.map(([shown, name]) => {
    const start = from + text.length;
    text += `${name}   `;
    return { start, end: start + name.length, shown };
  });
  return { text: text.trimEnd(), spans };
}

/** Every token has something to point at: a line break its sign, one without text its number. */
const pieceText = ({ text, ids }: TokenPiece): string =>
  text === '' ? `⟨${ids.join(' ')}⟩` : displayText(text).replaceAll('\n', '⏎\n');

/** What the pointer is told of a token. */
export function tokenHover({ piece, isRejected }: Pick<TokenSpan, 'piece' | 'isRejected'>, say: Say): string[] {
  const { ids, at, state, isSpecial, text } = piece;
  const named = JSON.stringify(displayText(text));
  return [
    isSpecial ? say('Special token {0}', named) : say('Token {0}', named),
    ids.length === 1
      ? say('id {0}, position {1}', ids[0] ?? 0, at)
      : say('ids {0}, from position {1}: together they are this text', ids.join(', '), at),
    isRejected && state === 'learned'
      ? say('The model learns to write the chosen completion rather than this one.')
      : stateWords(state, at, say),
  ];
}

function stateWords(state: TokenState, at: number, say: Say): string {
  switch (state) {
    case 'learned':
      return say('The model learns to write it.');
    case 'read':
      return at === 0
        ? say('The model reads it. Nothing stands before the first token, so that nothing could predict it.')
        : say('The model reads it and does not learn it.');
    case 'cut':
      return say('It lies beyond the limit: the model never sees it.');
    default:
      return state satisfies never;
  }
}
