/** A training example for a terminal: colours where it has them, else marks around what is read only and what is cut. Pure. */
import { displayText } from '../protocol/displayText.ts';
import type { PreviewedExample, TokenPiece, TokenState } from '../protocol/examplePreview.ts';
import { english, type Sentence, translated } from '../protocol/sentence.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { number } from './format.ts';
import type { Paint } from './paint.ts';

export interface ExampleLook {
  readonly paint: Paint;
  readonly hasColor: boolean;
  readonly strings: Strings;
}

/** `rows`: how many there are, where that is known. */
export function exampleLines(example: PreviewedExample, rows: number | null, look: ExampleLook): string {
  const { strings, paint } = look;
  const words = (sentence: Sentence): string => displayText(translated(strings, english(sentence), sentence));
  const { row, place, part, tokens, learned, cut, leftOut, findings } = example;
  const title =
    rows === null
      ? translate(strings, 'Training example {0}', number(row))
      : translate(strings, 'Training example {0} of {1}', number(row), number(rows));
  return [
    paint.strong(
      [title, ...(place === String(row) ? [] : [displayText(place)]), ...partName(part, strings)].join(' · '),
    ),
    translate(
      strings,
      '{0} tokens: {1} learned, {2} read only, {3} cut off',
      number(tokens),
      number(learned),
      number(tokens - learned - cut),
      number(cut),
    ),
    ...(leftOut ? [paint.bad(`✗ ${words(leftOut)}`)] : []),
    ...findings.map((finding) => paint.warn(`! ${words(finding)}`)),
    legend(part, look),
    '',
    body(example.pieces, look),
  ].join('\n');
}

/** Which completion of a preference it is; nothing where there is only one. */
function partName(part: PreviewedExample['part'], strings: Strings): string[] {
  switch (part) {
    case 'chosen':
      return [translate(strings, 'chosen')];
    case 'rejected':
      return [translate(strings, 'rejected')];
    case undefined:
      return [];
    default:
      return part satisfies never;
  }
}

/** Each kind of token as it is shown below. */
function legend(part: PreviewedExample['part'], look: ExampleLook): string {
  const { strings } = look;
  const kinds = [
    ['learned', part === 'rejected' ? translate(strings, 'learned to avoid') : translate(strings, 'learned')],
    ['read', translate(strings, 'read, not learned')],
    ['cut', translate(strings, 'cut off by the limit')],
  ] as const;
  return kinds.map(([state, name]) => run(state, name, look)).join('  ');
}

/** Tokens of one state together; | stands between two tokens. */
function body(pieces: readonly TokenPiece[], look: ExampleLook): string {
  let text = '';
  for (let at = 0; at < pieces.length;) {
    const state = pieces[at]?.state ?? 'read';
    let end = at;
    while (pieces[end]?.state === state) end++;
    const shown = pieces.slice(at, end).map((piece) => pieceText(piece, look));
    text += run(state, shown.join(look.paint.dim('|')), look);
    at = end;
  }
  return text;
}

function pieceText({ text, isSpecial, ids }: TokenPiece, { paint }: ExampleLook): string {
  if (text === '') return `⟨${ids.join(' ')}⟩`;
  return isSpecial ? paint.strong(displayText(text)) : displayText(text).replaceAll('\n', '⏎\n');
}

/** Without colours, ⟦ ⟧ stands around what is learned and ⟨× ×⟩ around what is cut. */
function run(state: TokenState, text: string, { paint, hasColor }: ExampleLook): string {
  switch (state) {
    case 'learned':
      return hasColor ? paint.good(text) : `⟦${text}⟧`;
    case 'cut':
      return hasColor ? paint.crossed(paint.bad(text)) : `⟨×${text}×⟩`;
    case 'read':
      return text;
    default:
      return state satisfies never;
  }
}
