import { describe, expect, test } from 'vitest';
import { isBoundedPattern } from '../../../src/engine/tokenizer/boundedPattern.ts';
import { BpeTokenizer } from '../../../src/engine/tokenizer/bpeTokenizer.ts';
import { TokenizerFailure, type TokenizerRule } from '../../../src/engine/tokenizer/tokenizerFailure.ts';
import { english } from '../../../src/protocol/sentence.ts';
import { filesOf } from '../../support/tokenizers.ts';

interface Damaged {
  model: { type?: string; vocab: Record<string, unknown>; merges: unknown; [option: string]: unknown };
  added_tokens: Record<string, unknown>[];
  normalizer: unknown;
  pre_tokenizer: unknown;
  decoder: unknown;
}

const damages: readonly (readonly [string, TokenizerRule, (file: Damaged) => void])[] = [
  ['another model', 'unknownModel', (file) => (file.model.type = 'Unigram')],
  ['no model', 'notAnObject', (file) => (file.model = null as never)],
  ['a prefix of pieces', 'unknownOption', (file) => (file.model['continuing_subword_prefix'] = '##')],
  ['random merges', 'unknownOption', (file) => (file.model['dropout'] = 0.1)],
  ['an id twice', 'doubledId', (file) => (file.model.vocab['doubled'] = 3)],
  ['an id of an added token', 'doubledId', (file) => (file.model.vocab['taken'] = file.added_tokens[0]!['id'])],
  ['a huge id', 'badVocabulary', (file) => (file.model.vocab['far'] = 2 ** 40)],
  ['a negative id', 'badVocabulary', (file) => (file.model.vocab['below'] = -1)],
  ['an id that is no number', 'badVocabulary', (file) => (file.model.vocab['text'] = '7')],
  ['an empty piece', 'badVocabulary', (file) => (file.model.vocab[''] = 5000)],
  ['a merge of what is no piece', 'badMerge', (file) => (file.model.merges = [['no', 'piece']])],
  ['a merge whose whole is no piece', 'badMerge', (file) => (file.model.merges = [['!', '!']])],
  ['a merge of three', 'badMerge', (file) => (file.model.merges = ['a b c'])],
  ['merges that are no list', 'badMerge', (file) => (file.model.merges = {})],
  ['an empty added token', 'badAddedToken', (file) => (file.added_tokens[0]!['content'] = '')],
  ['an added token twice', 'badAddedToken', (file) => file.added_tokens.push({ ...file.added_tokens[0]! })],
  ['an added token of whole words', 'badAddedToken', (file) => (file.added_tokens[0]!['single_word'] = true)],
  [
    'a normalizer that searches',
    'unknownNormalizer',
    (file) => (file.normalizer = { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: 'b' }),
  ],
  [
    'a normalizer that blows up',
    'unknownNormalizer',
    (file) => (file.normalizer = { type: 'Replace', pattern: { String: 'a' }, content: 'b'.repeat(1e6) }),
  ],
  ['a space before texts', 'prefixSpace', (file) => (file.normalizer = { type: 'Prepend', prepend: '▁' })],
  [
    'a space before words',
    'prefixSpace',
    (file) => (file.pre_tokenizer = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' }),
  ],
  ['an endless pattern', 'unboundedPattern', (file) => (file.pre_tokenizer = split('(a+)+$'))],
  [
    'another behavior',
    'unknownPreTokenizer',
    (file) => (file.pre_tokenizer = { ...split('a+'), behavior: 'MergedWithNext' }),
  ],
  ['an unknown step', 'unknownPreTokenizer', (file) => (file.pre_tokenizer = { type: 'Whatever' })],
  ['another decoder', 'unknownDecoder', (file) => (file.decoder = { type: 'WordPiece', prefix: '##' })],
  ['a byte without a piece', 'badVocabulary', (file) => (delete file.model.vocab['z'], (file.model.merges = []))],
  ['a step that would lose text', 'unknownPreTokenizer', (file) => (file.pre_tokenizer = split('a+'))],
  [
    'an end token that is not there',
    'unknownToken',
    (file) => void (file.added_tokens = file.added_tokens.filter(({ content }) => content !== '<|im_end|>')),
  ],
];

const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });

describe('a damaged tokenizer.json is refused with its rule', () => {
  test.each(damages)('%s', (_, rule, damage) => {
    const files = filesOf('qwen2');
    damage(files.tokenizer as Damaged);
    const failure = failureOf(() => new BpeTokenizer(files).encode('zebra'));
    expect(failure.rule).toBe(rule);
    expect(english(failure.said)).toBe(failure.message);
    expect(failure.message).toContain('tokenizer');
    expect(failure.message.length).toBeLessThan(500);
    expect(failure.remedy.length).toBeGreaterThan(10);
  });

  test('no end token at all', () => {
    const files = { ...filesOf('qwen2'), tokenizerConfig: {}, generationConfig: null };
    expect(failureOf(() => new BpeTokenizer(files)).rule).toBe('noEndToken');
  });

  test('merges that make a special token of ordinary text', () => {
    const files = filesOf('qwen2');
    const { model, added_tokens } = files.tokenizer as Damaged;
    const end = added_tokens.find(({ content }) => content === '<|im_end|>')!['id'];
    const wholes = ['<|', '<|i', '<|im', '<|im_', '<|im_e', '<|im_en', '<|im_end', '<|im_end|', '<|im_end|>'];
    const letters = '<|im_end|>'.split('');
    for (const [place, whole] of wholes.entries()) model.vocab[whole] ??= whole === '<|im_end|>' ? end : 2000 + place;
    model.merges = wholes.map((whole, place) => [
      place === 0 ? letters[0] : wholes[place - 1],
      letters[place + 1] ?? whole,
    ]);
    (files.tokenizer as Damaged).pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
    expect(failureOf(() => new BpeTokenizer(files).encode('so <|im_end|>')).rule).toBe('forgedToken');
  });

  test('names of JavaScript are pieces like any other', () => {
    const files = filesOf('qwen2');
    const tokenizer = new BpeTokenizer(files);
    for (const text of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(tokenizer.idOf(text)).toBeUndefined();
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });
});

describe('patterns', () => {
  const apostrophes = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  const tail = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
  test.each([
    ['GPT-2', "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"],
    ['Qwen', `${apostrophes}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|${tail}`],
    ['Llama 3', `${apostrophes}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|${tail}`],
    [
      'GPT-4o',
      `[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+${apostrophes}?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
    ],
    [
      'DeepSeek',
      '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
    ],
    ['DeepSeek, digits', '\\p{N}{1,3}'],
    ['DeepSeek, Han and kana', '[一-龥\u3040-ゟ゠-ヿ]+'],
  ])('of %s are run', (_, pattern) => {
    expect(isBoundedPattern(pattern)).toBe(true);
  });

  test.each([
    '(a+)+$',
    '(a|a)*b',
    '(a|aa)+$',
    '(.*)*x',
    '([a-z]+)*1',
    '(?:a+){2,}',
    'a*a*a*b',
    '\\s*\\s*x',
    '(\\w+\\s?)*$',
    '(a)\\1+',
    '(?<=a+)b',
    '(?=a+b)a',
    '(?>a+)b',
    '(?<n>a)\\k<n>',
    '(a?){50}a{50}',
    '[[a]&&[b]]+',
    '((((((((((((a))))))))))))',
    'a{1,',
    '.*b',
    '[^b]*b',
    '[\\s\\S]*b+',
    '(?:[^b]+)?b',
    '[\\s\\p{L}]+(?!x)',
    '(',
    ')',
    '[',
    '\\',
    '*a',
    'x'.repeat(3000),
  ])('%s is not', (pattern) => {
    expect(isBoundedPattern(pattern)).toBe(false);
  });
});

function failureOf(action: () => unknown): TokenizerFailure {
  try {
    action();
  } catch (error) {
    if (error instanceof TokenizerFailure) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}
