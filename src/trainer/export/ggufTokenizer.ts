/** The tokenizer of a model folder in llama.cpp's words: pieces, merges, special tokens, and by what name it knows the cutting of texts. */
import { DataFailure } from '../../data/dataFailure.ts';
import type { GgufMetadata, GgufValue } from '../../data/gguf.ts';
import type { TokenizerFolder } from '../../data/tokenizerFolder.ts';
import { beginTokens } from '../../engine/tokenizer/beginTokens.ts';
import { type BpeFile, readBpeFile } from '../../engine/tokenizer/bpeFile.ts';
import { GPT2 } from '../../engine/tokenizer/bpeSteps.ts';
import { readSpecialTokens } from '../../engine/tokenizer/specialTokens.ts';
import { phrase, said } from '../../protocol/sentence.ts';
import { shown } from '../../protocol/shown.ts';

/** `llama_token_type`. */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
export type TokenType = (typeof TOKEN_TYPES)[keyof typeof TOKEN_TYPES];

export interface GgufVocabulary {
  /** `tokenizer.ggml.model` and `.pre`: how llama.cpp is to cut texts. */
  readonly model: string;
  readonly pre: string | null;
  /** By id; null for an id without a piece. */
  readonly pieces: readonly (readonly [text: string, type: TokenType] | null)[];
  readonly merges: readonly string[];
  /** Ids by the last part of their keys, e.g. `eos`. */
  readonly special: Readonly<Record<string, number>>;
  readonly beginsWithBos: boolean;
  readonly template: string | null;
}

/** `tokens` is how many rows the embedding has: pieces beyond it are left out, rows without a piece are marked as unused. */
export function vocabularyMetadata(vocabulary: GgufVocabulary, tokens: number): GgufMetadata {
  const { model, pre, pieces, merges, special, beginsWithBos, template } = vocabulary;
  const filled = Array.from({ length: tokens }, (_, id) => pieces[id] ?? ([`[PAD${id}]`, TOKEN_TYPES.unused] as const));
  const types = Int32Array.from(filled, ([, type]) => type);
  const known = Object.entries(special).filter(([, id]) => id < tokens);
  return new Map<string, GgufValue>([
    ['tokenizer.ggml.model', { type: 'string', value: model }],
    ...(pre === null ? [] : [['tokenizer.ggml.pre', { type: 'string', value: pre }] as const]),
    ['tokenizer.ggml.tokens', { type: 'strings', value: filled.map(([text]) => text) }],
    ['tokenizer.ggml.token_type', { type: 'int32s', value: types }],
    ['tokenizer.ggml.merges', { type: 'strings', value: merges }],
    ...known.map(([name, value]) => [`tokenizer.ggml.${name}_token_id`, { type: 'uint32', value }] as const),
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: beginsWithBos }],
    ...(template === null ? [] : [['tokenizer.chat_template', { type: 'string', value: template }] as const]),
  ]);
}

/** Throws `TokenizerFailure`, and `DataFailure` where llama.cpp would cut texts otherwise. */
export function folderVocabulary(folder: TokenizerFolder): GgufVocabulary {
  const file = readBpeFile(folder.tokenizer);
  const added = new Map(file.added.map(({ content, id }) => [content, id]));
  const idOf = (text: string): number | undefined => added.get(text) ?? own(file.vocab, text);
  const { texts, end, pad, hasPad } = readSpecialTokens(folder, idOf);
  const begin = beginTokens(file.postProcessor, file.vocabularySize);
  const bos = begin[0] ?? (texts['bos_token'] === undefined ? undefined : idOf(texts['bos_token']));
  const unknown = file.unknownToken === null ? undefined : idOf(file.unknownToken);
  const [eos, eot] = end;
  const special = { bos, eos, eot, unknown, padding: hasPad ? pad : undefined };
  return {
    ...cuttingOf(file),
    pieces: piecesOf(file, unknown),
    merges: mergesOf(file),
    special: Object.fromEntries(
      Object.entries(special).filter((entry): entry is [string, number] => entry[1] !== undefined),
    ),
    beginsWithBos: begin.length > 0,
    template: folder.template?.text ?? null,
  };
}

const own = (vocab: BpeFile['vocab'], text: string): number | undefined =>
  Object.hasOwn(vocab, text) ? Number(vocab[text]) : undefined;

const words = (digits: string): string =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** Patterns that llama.cpp has by a name, and whether whole words count before merges there. */
const CUTTINGS: readonly {
  readonly pre: string;
  readonly patterns: readonly string[];
  readonly wordsFirst: boolean;
}[] = [
  { pre: 'qwen2', patterns: [words(String.raw`\p{N}`)], wordsFirst: false },
  { pre: 'llama-bpe', patterns: [words(String.raw`\p{N}{1,3}`)], wordsFirst: true },
  { pre: 'smaug-bpe', patterns: [words(String.raw`\p{N}{1,3}`)], wordsFirst: false },
  { pre: 'gpt-2', patterns: [GPT2], wordsFirst: false },
  { pre: 'smollm', patterns: [String.raw`\p{N}`, GPT2], wordsFirst: false },
];

function cuttingOf({ decoder, library }: BpeFile): Pick<GgufVocabulary, 'model' | 'pre'> {
  const patterns = patternsIn(library['pre_tokenizer']);
  const wordsFirst = member(library['model'], 'ignore_merges') === true;
  if (decoder === 'byteFallback') {
    if (patterns.length > 0 || wordsFirst || !isSpaceMark(library['normalizer'])) throw unknownCutting('▁', patterns);
    refuseAcrossLines(mergesIn(library));
    return { model: 'gemma4', pre: null };
  }
  const found = CUTTINGS.find(
    (one) => one.wordsFirst === wordsFirst && one.patterns.join('\n') === patterns.join('\n'),
  );
  if (found) return { model: 'gpt2', pre: found.pre };
  throw unknownCutting('ByteLevel', patterns);
}

const unknownCutting = (kind: string, patterns: readonly string[]): DataFailure =>
  new DataFailure(
    'badConfig',
    said`The model cannot become a GGUF file: llama.cpp has no name for the pre_tokenizer of its tokenizer.json (${kind}, ${patterns.length === 0 ? phrase('no pattern') : shown(patterns.join(' '))}).`,
    'Export it as a folder of Hugging Face instead.',
  );

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Of a pre-tokenizer as bpeSteps.ts writes it. */
function patternsIn(step: unknown): readonly string[] {
  const steps = member(step, 'pretokenizers');
  if (Array.isArray(steps)) return steps.flatMap((one: unknown) => patternsIn(one));
  const pattern = member(member(step, 'pattern'), 'Regex');
  return typeof pattern === 'string' ? [pattern] : [];
}

const isSpaceMark = (normalizer: unknown): boolean =>
  member(member(normalizer, 'pattern'), 'String') === ' ' && member(normalizer, 'content') === '▁';

function piecesOf(file: BpeFile, unknown: number | undefined): GgufVocabulary['pieces'] {
  const pieces: [string, TokenType][] = [];
  const isByte = (text: string): boolean => file.decoder === 'byteFallback' && /^<0x[0-9A-F]{2}>$/.test(text);
  for (const text in file.vocab)
    if (!text.includes(NUL))
      pieces[Number(file.vocab[text])] = [text, isByte(text) ? TOKEN_TYPES.byte : TOKEN_TYPES.normal];
  for (const { id, content, special } of file.added) {
    // llama.cpp looks for such tokens before spaces are marked; merges find these.
    if (!special && content.includes('▁') && Object.hasOwn(file.vocab, content)) continue;
    pieces[id] = [content, special ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined];
  }
  const lacking = unknown === undefined ? undefined : pieces[unknown];
  if (lacking) lacking[1] = TOKEN_TYPES.unknown;
  return pieces;
}

/** llama.cpp's texts end there. */
const NUL = '\0';

const mergesIn = (library: BpeFile['library']): Merges => member(library['model'], 'merges') as Merges;
type Merges = readonly (readonly [string, string])[];

const mergesOf = ({ library }: BpeFile): readonly string[] =>
  mergesIn(library)
    .map(([left, right]) => `${left} ${right}`)
    .filter((merge) => !merge.includes(NUL));

/** llama.cpp cuts such texts before and behind line breaks. */
function refuseAcrossLines(merges: Merges): void {
  const found = merges.find(([left, right]) => /\n/.test(left + right) && /[^\n]/.test(left + right));
  if (!found) return;
  throw new DataFailure(
    'badConfig',
    said`The model cannot become a GGUF file: llama.cpp would not read ${shown(found.join(''))} as the one token that it is here.`,
    'Export it as a folder of Hugging Face instead.',
  );
}
