/**
 * Ordinary text to tokens: cut into words that no piece of the vocabulary reaches across, each of which the library reads once;
 * texts say the same words again and again.
 */
import { SplitPreTokenizer, Tokenizer as Library } from '@huggingface/tokenizers';
import type { BpeFile } from './bpeFile.ts';
import type { JsonObject } from './tokenizerFailure.ts';

/** Words that are remembered; then all are forgotten. */
const MOST_KNOWN = 1 << 16;
/** Characters of a word that is worth it. */
const LONGEST_KNOWN = 64;

type Cut = (text: string) => readonly string[];

export class WordTokens {
  private readonly library: Library;
  private readonly normalize: (text: string) => string;
  private readonly cut: Cut;
  private readonly check: (word: string, tokens: readonly number[]) => void;
  private readonly known = new Map<string, readonly number[]>();

  /** `check` may refuse the tokens of a word by throwing. */
  constructor(file: Pick<BpeFile, 'library' | 'vocab'>, check: WordTokens['check']) {
    const { splits, rest } = stepsOf(file.library['pre_tokenizer'] as JsonObject | null);
    this.library = new Library({ ...file.library, pre_tokenizer: rest }, {});
    const { normalizer } = this.library;
    // A text is normalized whole, before it is cut.
    this.library.normalizer = null;
    this.normalize = normalizer === null ? (text) => text : (text) => normalizer(text);
    this.cut = splits.length > 0 || rest !== null ? cutBy(splits) : canCutAtSpaces(file) ? atSpaces : whole;
    this.check = check;
  }

  encode(text: string): number[] {
    const tokens: number[] = [];
    for (const word of this.cut(this.normalize(text))) {
      if (word === '') continue;
      for (const token of this.known.get(word) ?? this.read(word)) tokens.push(token);
    }
    return tokens;
  }

  /** The name of a token in the vocabulary. */
  nameOf(token: number): string | undefined {
    return this.library.id_to_token(token);
  }

  private read(word: string): readonly number[] {
    const { ids } = this.library.encode(word, { add_special_tokens: false });
    this.check(word, ids);
    if (word.length > LONGEST_KNOWN) return ids;
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    this.known.set(word, ids);
    return ids;
  }
}

const whole: Cut = (text) => [text];

/** The splits that come first, and what is done with each word. */
function stepsOf(preTokenizer: JsonObject | null): { splits: readonly SplitPreTokenizer[]; rest: JsonObject | null } {
  const steps = flat(preTokenizer);
  const count = steps.findIndex(({ type }) => type !== 'Split');
  const [first, others] = count < 0 ? [steps, []] : [steps.slice(0, count), steps.slice(count)];
  return {
    // As bpeSteps.ts wrote them.
    splits: first.map((step) => new SplitPreTokenizer(step as object as SplitPreTokenizer['config'])),
    rest: others.length === 0 ? null : { type: 'Sequence', pretokenizers: others },
  };
}

const flat = (step: JsonObject | null): readonly JsonObject[] =>
  step === null ? [] : step['type'] === 'Sequence' ? (step['pretokenizers'] as JsonObject[]).flatMap(flat) : [step];

const cutBy = (splits: readonly SplitPreTokenizer[]): Cut =>
  splits.reduce<Cut>((before, split) => (text) => before(text).flatMap((part) => parts(split, part)), whole);

/** What the library does, without an object for each match: the patterns of all families match every text whole. */
function parts(split: SplitPreTokenizer, text: string): readonly string[] {
  const matches = split.pattern === null ? [] : (text.match(split.pattern) ?? []);
  const length = matches.reduce((sum, match) => sum + match.length, 0);
  return length === text.length ? matches : split.pre_tokenize_text(text);
}

const SPACE = '▁';
const WORDS = /▁+[^▁]*|[^▁]+/g;
const atSpaces: Cut = (text) => text.match(WORDS) ?? [];

/** A model that cuts no text itself (Gemma): merges make pieces of the vocabulary only, and none of these has a space behind a letter. */
function canCutAtSpaces({ library, vocab }: Pick<BpeFile, 'library' | 'vocab'>): boolean {
  const { ignore_merges } = library['model'] as JsonObject;
  return (
    ignore_merges !== true && Object.hasOwn(vocab, SPACE) && !Object.keys(vocab).some((piece) => /[^▁]▁/.test(piece))
  );
}
