/** The tokens of an example as a person reads them: text by text, with what is learned, read and cut. */
import type { TokenPiece, TokenState } from '../../protocol/examplePreview.ts';
import type { Json } from '../../protocol/savedState.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { isLearned, type MaskedTokens } from './trainedPart.ts';

/** Texts of added tokens that are one token wherever a template or a model writes them: special ones, and marks such as `<think>`. */
export function markTexts(tokenizer: Json): ReadonlyMap<number, string> {
  const added = isObject(tokenizer) ? tokenizer['added_tokens'] : undefined;
  const marks = Array.isArray(added) ? added.filter(isAdded) : [];
  return new Map(marks.filter(isMark).map(({ id, content }) => [id, content]));
}

/** What stands for bytes that are no whole character. */
const BROKEN = '\ufffd';

/**
 * Pieces in the order of the tokens; together their ids are the tokens.
 * @param marks of `markTexts`
 * @param mostTokens tokens that are trained on at most; the rest is cut
 */
export function tokenPieces(
  tokenizer: Pick<Tokenizer, 'stream' | 'decode'>,
  marks: ReadonlyMap<number, string>,
  example: MaskedTokens,
  mostTokens: number,
): readonly TokenPiece[] {
  const pieces: TokenPiece[] = [];
  let held: number[] = [];
  let stream = tokenizer.stream();
  const add = (ids: readonly number[], end: number, text: string, isSpecial: boolean): void => {
    const at = end - ids.length;
    pieces.push({ ids, at, text, isSpecial, state: stateAt(example, ids.length === 1 ? at : end - 1, mostTokens) });
  };
  const release = (end: number): void => {
    if (held.length > 0) add(held, end, stream.end(), false);
    held = [];
    stream = tokenizer.stream();
  };
  example.tokens.forEach((id, at) => {
    const mark = marks.get(id);
    const text = mark ?? tokenizer.decode([id]);
    const isWhole = mark !== undefined || !text.includes(BROKEN);
    if (isWhole || isBoundary(example, at, mostTokens)) release(at);
    if (isWhole) return add([id], at + 1, text, mark !== undefined);
    held.push(id);
    const written = stream.push(id);
    if (written === '') return;
    add(held, at + 1, written, false);
    held = [];
  });
  release(example.tokens.length);
  return pieces;
}

/** Whether what is done with tokens changes before this one. What no token predicts, the first, goes with its character. */
const isBoundary = (example: MaskedTokens, at: number, mostTokens: number): boolean =>
  at > 1 && stateAt(example, at, mostTokens) !== stateAt(example, at - 1, mostTokens);

function stateAt(example: MaskedTokens, at: number, mostTokens: number): TokenState {
  if (at >= mostTokens) return 'cut';
  return isLearned(example, at) ? 'learned' : 'read';
}

interface Added {
  readonly id: number;
  readonly content: string;
  readonly special?: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isAdded = (value: unknown): value is Added =>
  isObject(value) && typeof value['id'] === 'number' && typeof value['content'] === 'string';

const isMark = ({ special, content }: Added): boolean => special === true || /^<.+>$/.test(content);
