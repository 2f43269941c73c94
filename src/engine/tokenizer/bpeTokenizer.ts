/** The tokenizer of a model folder: wordTokens.ts cuts ordinary text, we decide what may be a special token, and turn tokens into text. */
import { said } from '../../protocol/sentence.ts';
import { shown } from '../../protocol/shown.ts';
import type { Json } from '../../protocol/savedState.ts';
import { type AddedToken, AddedTokenFinder } from './addedTokens.ts';
import { beginTokens } from './beginTokens.ts';
import { type BpeFile, readBpeFile } from './bpeFile.ts';
import { readSpecialTokens, type SpecialTokens, type TokenizerFiles } from './specialTokens.ts';
import { TokenizerFailure } from './tokenizerFailure.ts';
import { textOf, tokenStream, type TokenNames } from './tokenText.ts';
import type { Tokenizer, TokenStream } from './tokenizer.ts';
import { WordTokens } from './wordTokens.ts';

/** Which added tokens a text may contain: all (what a template wrote), those that are not special (data, prompts), or none. */
export type Trust = 'template' | 'data' | 'nothing';

/** Knows a model's whole vocabulary; `encode` reads as data. */
export class BpeTokenizer implements Tokenizer {
  readonly special: SpecialTokens;
  readonly added: readonly AddedToken[];
  readonly vocabularySize: number;
  /** Stand before a text that no template has written. */
  readonly beginTokens: readonly number[];
  private readonly file: BpeFile;
  private readonly json: Json;
  private readonly words: WordTokens;
  private readonly finders: Readonly<Record<Exclude<Trust, 'nothing'>, AddedTokenFinder>>;
  private readonly specialIds: ReadonlySet<number>;
  private readonly names: TokenNames;
  /** Stands for what the vocabulary lacks, special or not. */
  private readonly unknown: number | undefined;

  /** Throws `TokenizerFailure`, which names file and rule. Keeps the parsed tokenizer.json for `toJson`. */
  constructor(files: TokenizerFiles) {
    this.file = readBpeFile(files.tokenizer);
    this.json = files.tokenizer as Json;
    this.words = new WordTokens(this.file, (word, ids) => this.check(word, ids));
    const { added, vocabularySize } = this.file;
    this.added = added;
    this.vocabularySize = vocabularySize;
    this.beginTokens = beginTokens(this.file.postProcessor, vocabularySize);
    this.special = readSpecialTokens(files, (text) => this.idOf(text));
    this.finders = {
      template: new AddedTokenFinder(added),
      data: new AddedTokenFinder(added.filter(({ special }) => !special)),
    };
    this.specialIds = new Set(added.filter(({ special }) => special).map(({ id }) => id));
    this.names = this.tokenNames();
    this.unknown = this.file.unknownToken === null ? undefined : this.idOf(this.file.unknownToken);
  }

  get padToken(): number {
    return this.special.pad;
  }

  get endToken(): number {
    return this.special.end[0];
  }

  /** All that end a completion, `endToken` first. */
  get endTokens(): readonly number[] {
    return this.special.end;
  }

  encode(text: string): number[] {
    return this.encodeAs(text, 'data');
  }

  /** Throws `TokenizerFailure` where the model makes a special token of ordinary text. */
  encodeAs(text: string, trust: Trust): number[] {
    if (trust === 'nothing') return this.encodePlain(text);
    return this.finders[trust]
      .split(text)
      .flatMap((part) => ('token' in part ? [part.token.id] : this.encodePlain(part.text)));
  }

  decode(tokens: Iterable<number>): string {
    return textOf(this.names, tokens);
  }

  stream(): TokenStream {
    return tokenStream(this.names);
  }

  /** The id of a token by its name in the vocabulary, or by its text where it is an added one. */
  idOf(text: string): number | undefined {
    const added = this.added.find(({ content }) => content === text);
    if (added) return added.id;
    const id = Object.hasOwn(this.file.vocab, text) ? this.file.vocab[text] : undefined;
    return typeof id === 'number' ? id : undefined;
  }

  /** For people: special tokens by their names, others as the text they stand for alone. */
  show(token: number): string {
    return this.specialText(token) ?? this.decode([token]);
  }

  toJson(): Json {
    return this.json;
  }

  private specialText(token: number): string | undefined {
    return this.specialIds.has(token) ? (this.words.nameOf(token) ?? this.addedById(token)?.content) : undefined;
  }

  private addedById(token: number): AddedToken | undefined {
    return this.added.find(({ id }) => id === token);
  }

  /** Pieces of the model only. */
  private encodePlain(text: string): number[] {
    return text === '' ? [] : this.words.encode(text);
  }

  private check(word: string, ids: readonly (number | undefined)[]): void {
    for (const id of ids) {
      if (id === undefined)
        throw new TokenizerFailure(
          'badVocabulary',
          said`tokenizer.json: the vocabulary has no piece for a part of ${shown(word)}.`,
        );
      if (this.specialIds.has(id) && id !== this.unknown)
        throw new TokenizerFailure(
          'forgedToken',
          said`tokenizer.json: the special token ${shown(this.specialText(id))} comes out of the ordinary text ${shown(word)}.`,
        );
    }
  }

  private tokenNames(): TokenNames {
    const literal = new Map(this.added.map(({ id, content }) => [id, content]));
    const { words, specialIds } = this;
    return {
      kind: this.file.decoder,
      nameOf: (token) => (specialIds.has(token) ? null : (literal.get(token) ?? words.nameOf(token) ?? null)),
      isLiteral: (token) => literal.has(token),
    };
  }
}
