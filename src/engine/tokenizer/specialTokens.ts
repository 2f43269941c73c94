/** Which tokens begin a text, end a completion and fill: as tokenizer_config.json, special_tokens_map.json and generation_config.json say. */
import { said } from '../../protocol/sentence.ts';
import { shown } from '../../protocol/shown.ts';
import { TokenizerFailure } from './tokenizerFailure.ts';

/** The files of a model folder that tell about its tokenizer, parsed; null where there is none. */
export interface TokenizerFiles {
  readonly tokenizer: unknown;
  readonly tokenizerConfig: unknown;
  readonly specialTokensMap: unknown;
  readonly generationConfig: unknown;
  /** config.json of the model, for `eos_token_id` where nobody else tells. */
  readonly config: unknown;
}

export interface SpecialTokens {
  /** Text of the tokens by their names in templates (`bos_token`, `eos_token` …). */
  readonly texts: Readonly<Record<string, string>>;
  /** The first is what a completion is given where a template writes none; each ends a completion. */
  readonly end: readonly [number, ...number[]];
  readonly pad: number;
  /** False where the files name none, and the end token serves. */
  readonly hasPad: boolean;
}

const NAMES = ['bos_token', 'eos_token', 'pad_token', 'unk_token', 'sep_token', 'cls_token', 'mask_token'] as const;

/** `idOf` knows the ids of the vocabulary. Throws `TokenizerFailure` where no token ends a completion. */
export function readSpecialTokens(
  files: Omit<TokenizerFiles, 'tokenizer'>,
  idOf: (text: string) => number | undefined,
): SpecialTokens {
  const texts = namedTexts(files);
  const id = (name: string): number | undefined => {
    const text = texts[name];
    if (text === undefined) return undefined;
    const found = idOf(text);
    if (found === undefined)
      throw new TokenizerFailure(
        'unknownToken',
        said`tokenizer_config.json: ${name} is ${shown(text)}, which tokenizer.json does not have.`,
      );
    return found;
  };
  const eos = id('eos_token');
  const [first, ...others] = new Set([...(eos === undefined ? [] : [eos]), ...endIds(files)]);
  if (first === undefined)
    throw new TokenizerFailure(
      'noEndToken',
      said`Neither tokenizer_config.json (eos_token) nor generation_config.json (eos_token_id) says which token ends a completion.`,
    );
  const pad = id('pad_token');
  return { texts, end: [first, ...others], pad: pad ?? first, hasPad: pad !== undefined };
}

function namedTexts({ tokenizerConfig, specialTokensMap }: Omit<TokenizerFiles, 'tokenizer'>): Record<string, string> {
  const sources = [tokenizerConfig, specialTokensMap].map(members);
  const found: Record<string, string> = {};
  for (const name of NAMES)
    for (const source of sources) {
      const text = textOf(source[name]);
      if (text !== null && !(name in found)) found[name] = text;
    }
  return found;
}

/** A token is written as its text or as an object that has it. */
function textOf(value: unknown): string | null {
  const text = typeof value === 'object' && value !== null && 'content' in value ? value.content : value;
  return typeof text === 'string' && text !== '' ? text : null;
}

function endIds({ generationConfig, config }: Omit<TokenizerFiles, 'tokenizer'>): number[] {
  const own = ids(members(generationConfig)['eos_token_id']);
  return own.length > 0 ? own : ids(members(config)['eos_token_id']);
}

const ids = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is number => Number.isInteger(one) && one >= 0);

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
