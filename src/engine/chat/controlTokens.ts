/**
 * Special tokens that stand in data are text. Before a template renders a conversation they are put between two marks of the
 * private use area, so that afterwards what the data wrote can be told from what the template wrote; the marks go when the
 * text becomes tokens. The way of transformers' `sanitize_control_tokens` (utils/chat_template_utils.py, 5.23).
 */
import type { AddedToken } from '../tokenizer/addedTokens.ts';
import type { BpeTokenizer } from '../tokenizer/bpeTokenizer.ts';
import type { Message } from './chatTemplate.ts';

const START = '\u{f0000}';
const END = '\u{f0001}';
const MARKS = /[\u{f0000}\u{f0001}]/gu;
/** What a model itself writes to think; in an assistant's turn it is what it stands for. */
const THINKING: readonly string[] = ['<think>', '</think>'];

/** Marks and reads texts for one tokenizer and one template. */
export class ControlTokens {
  private readonly tokenizer: BpeTokenizer;
  private readonly data: RegExp | null;
  private readonly assistant: RegExp | null;
  private readonly marked: RegExp;

  /** `literals` are the template's own texts: a token that stands there, special or not, is the template's to write. */
  constructor(tokenizer: BpeTokenizer, literals: string) {
    this.tokenizer = tokenizer;
    const control = tokenizer.added.filter(
      ({ special, content }) => special || (content.trim() !== '' && literals.includes(content)),
    );
    this.data = anyOf(control);
    this.assistant = anyOf(control.filter(({ special, content }) => special && !THINKING.includes(content)));
    this.marked = new RegExp(`${START}(${this.data?.source ?? '(?!)'})${END}|${START}|${END}`, 'u');
  }

  /** The messages with marks. An assistant may write tokens that are not special. */
  mark(messages: readonly Message[]): Message[] {
    return messages.map(({ role, content, reasoning_content, ...rest }) => {
      const pattern = role === 'assistant' ? this.assistant : this.data;
      const mark = (text: string): string => markIn(text, pattern);
      return {
        role,
        content: mark(content),
        ...(reasoning_content !== undefined && { reasoning_content: mark(reasoning_content) }),
        ...rest,
      };
    });
  }

  /** Tokens of a text with marks. Throws `TokenizerFailure` where a special token comes out of what was marked. */
  encode(text: string): number[] {
    // Splitting with one group gives texts at even places and marked tokens (or nothing, for a mark alone) between them.
    return text
      .split(this.marked)
      .flatMap((part: string | undefined, place) =>
        part ? this.tokenizer.encodeAs(part, place % 2 === 1 ? 'nothing' : 'template') : [],
      );
  }
}

/** The text as people wrote it. */
export const withoutMarks = (text: string): string => text.replaceAll(MARKS, '');

const markIn = (text: string, pattern: RegExp | null): string => {
  const clean = withoutMarks(text);
  return pattern ? clean.replace(pattern, (found) => `${START}${found}${END}`) : clean;
};

/** Any of the tokens, the longest first; null for none. */
function anyOf(tokens: readonly AddedToken[]): RegExp | null {
  if (tokens.length === 0) return null;
  const contents = tokens.map(({ content }) => content).sort((a, b) => b.length - a.length);
  return new RegExp(contents.map((content) => content.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, '\\$&')).join('|'), 'gu');
}
