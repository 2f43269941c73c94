/** The fixture tokenizers of test/fixtures/tokenizers, with what the Python libraries made of the same texts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpeTokenizer } from '../../src/engine/tokenizer/bpeTokenizer.ts';
import type { TokenizerFiles } from '../../src/engine/tokenizer/specialTokens.ts';
import type { Message } from '../../src/engine/chat/chatTemplate.ts';

const FOLDER = 'test/fixtures/tokenizers';
export const FAMILIES = ['qwen2', 'qwen3', 'llama', 'gemma3_text'] as const;
export type Family = (typeof FAMILIES)[number];

export interface ExpectedText {
  readonly ids: readonly number[];
  readonly plainIds: readonly number[];
  readonly decoded: string;
}

type OrError<T> = T | { readonly error: string };

export interface ExpectedChat {
  readonly name: string;
  readonly text: OrError<string>;
  readonly prompt: OrError<string>;
  readonly ids: OrError<readonly number[]>;
  readonly promptIds: OrError<readonly number[]>;
  readonly sanitizedIds: OrError<readonly number[]>;
  readonly assistantMask: OrError<readonly number[]>;
}

export interface Expected {
  /** What the Python library puts before a text. */
  readonly begin: readonly number[];
  readonly texts: readonly ExpectedText[];
  readonly broken: readonly { readonly ids: readonly number[]; readonly decoded: string }[];
  readonly chats: Readonly<Record<string, readonly ExpectedChat[]>>;
}

export interface Conversation {
  readonly name: string;
  readonly messages: readonly Message[];
  readonly options?: Readonly<Record<string, boolean>>;
}

const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(FOLDER, ...path), 'utf8'));

export const texts = read('texts.json') as readonly { readonly about: string; readonly text: string }[];
export const conversations = read('conversations.json') as readonly Conversation[];
export const expectedOf = (family: Family): Expected => read(family, 'expected.json') as Expected;
export const templateOf = (name: string): string => readFileSync(join(FOLDER, 'templates', `${name}.jinja`), 'utf8');

/** A fresh copy at each call: tests damage it. */
export const filesOf = (family: Family): TokenizerFiles => ({
  tokenizer: read(family, 'tokenizer.json'),
  tokenizerConfig: read(family, 'tokenizer_config.json'),
  specialTokensMap: null,
  generationConfig: family === 'gemma3_text' ? { eos_token_id: [1, 6] } : null,
  config: null,
});

export const tokenizerOf = (family: Family): BpeTokenizer => new BpeTokenizer(filesOf(family));
