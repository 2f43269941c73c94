import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChatEncoder, type ChatExample, type ChatOutcome, type LossOn } from '../../../src/engine/chat/chatEncoder.ts';
import type { ChatFindingKind } from '../../../src/engine/chat/chatFinding.ts';
import type { Message, RenderRequest } from '../../../src/engine/chat/chatTemplate.ts';
import { probeTemplate } from '../../../src/engine/chat/probeTemplate.ts';
import type { BpeTokenizer } from '../../../src/engine/tokenizer/bpeTokenizer.ts';
import { TemplateProcess } from '../../../src/trainer/templates/templateProcess.ts';
import { buildPrograms } from '../../support/build.ts';
import {
  conversations,
  type Conversation,
  type ExpectedChat,
  expectedOf,
  type Family,
  templateOf,
  tokenizerOf,
} from '../../support/tokenizers.ts';

const opened = new Map<string, Promise<TemplateProcess>>();
let script = '';
beforeAll(async () => {
  script = (await buildPrograms()).template;
});
afterAll(async () => {
  for (const one of opened.values()) (await one).close();
});

function open(tokenizer: BpeTokenizer, name: string): Promise<TemplateProcess> {
  const found = opened.get(name);
  if (found) return found;
  const specialTokens = tokenizer.special.texts;
  const one = TemplateProcess.open({ script, template: templateOf(name), file: `${name}.jinja`, specialTokens });
  opened.set(name, one);
  return one;
}

async function outcomeOf(
  family: Family,
  name: string,
  messages: readonly Message[],
  lossOn: LossOn = 'completion',
  templateOptions: NonNullable<RenderRequest['options']> = {},
): Promise<ChatOutcome> {
  const tokenizer = tokenizerOf(family);
  const template = await open(tokenizer, name);
  const [outcome] = await new ChatEncoder({ tokenizer, template, lossOn, templateOptions }).encode([messages]);
  return outcome!;
}

async function exampleOf(...given: Parameters<typeof outcomeOf>): Promise<ChatExample> {
  const outcome = await outcomeOf(...given);
  if ('refused' in outcome) throw new Error(outcome.refused.said.text);
  return outcome;
}

const kinds = ({ findings }: ChatExample): ChatFindingKind[] => findings.map(({ kind }) => kind);
const learned = ({ tokens, lossMask }: ChatExample): number[] => tokens.filter((_, place) => lossMask[place]);
const shown = (family: Family, tokens: readonly number[]): string => {
  const tokenizer = tokenizerOf(family);
  return tokens.map((token) => tokenizer.show(token)).join('');
};

interface Case {
  readonly family: Family;
  readonly name: string;
  readonly conversation: Conversation;
  readonly expected: ExpectedChat;
}

/** The families' own templates; where a template drops what the data has, we differ on purpose: see below. */
const cases: Case[] = (['qwen2', 'qwen3', 'llama', 'gemma3_text'] as const).flatMap((family) =>
  conversations.flatMap((conversation, place) => {
    const expected = expectedOf(family).chats[family]![place]!;
    const isDropped = conversation.name === 'a trace in its own field' && family !== 'qwen3';
    return isDropped ? [] : [{ family, name: conversation.name, conversation, expected }];
  }),
);
const isInjection = (name: string): boolean => name.startsWith('special tokens');

describe.each(cases)('$family: $name', ({ family, name, conversation: { messages, options = {} }, expected }) => {
  // Text in which special tokens are written is compared with transformers' sanitized tokens, all other with its plain ones.
  const ids = isInjection(name) ? expected.sanitizedIds : expected.ids;

  test('gives the tokens of transformers, the completion learned up to its end', async () => {
    if (!Array.isArray(ids))
      return expect(await outcomeOf(family, family, messages)).toHaveProperty('refused.kind', 'raised');
    const example = await exampleOf(family, family, messages, 'completion', options);
    const tokenizer = tokenizerOf(family);
    // Where prompt and completion meet in one piece of the tokenizer, the completion is cut as the model will write it.
    const isCutAnew = name === 'answer begins with newlines' && family === 'qwen2';
    if (isCutAnew) expect(tokenizer.decode(example.tokens)).toBe(tokenizer.decode(ids));
    else expect(example.tokens).toEqual(ids);
    if (!isInjection(name)) expect(example.tokens.slice(0, example.promptLength)).toEqual(expected.promptIds);
    const end = example.tokens.findIndex(
      (id, place) => place >= example.promptLength && tokenizer.endTokens.includes(id),
    );
    expect(example.lossMask).toEqual(
      example.tokens.map((_, place) => (place >= example.promptLength && place <= end ? 1 : 0)),
    );
  });

  test('learns every turn that transformers masks as the assistant’s', async () => {
    if (!Array.isArray(ids) || isInjection(name)) return;
    const example = await exampleOf(family, family, messages, 'assistant', options);
    if (options['enable_thinking'] === false && family === 'qwen3')
      // The tags enclose the empty trace, which is part of the prompt when the model is asked.
      return expect(shown(family, learned(example))).toBe('2<|im_end|>');
    if (name === 'answer begins with newlines' && family === 'qwen2')
      return expect(shown(family, learned(example))).toBe(`${messages.at(-1)!.content}<|im_end|>`);
    expect(example.lossMask).toEqual(expected.assistantMask);
  });

  test('learns all tokens where that is asked', async () => {
    if (!Array.isArray(ids)) return;
    const example = await exampleOf(family, family, messages, 'all', options);
    expect(example.lossMask.every((one) => one === 1)).toBe(true);
  });
});

describe('text never becomes a special token', () => {
  test.each(['qwen2', 'qwen3', 'llama', 'gemma3_text'] as const)('%s', async (family) => {
    const tokenizer = tokenizerOf(family);
    const special = tokenizer.added.filter((one) => one.special);
    const all = special.map(({ content }) => content).join(' and ');
    const count = async (content: string, answer: string): Promise<number> => {
      const { tokens } = await exampleOf(family, family, [
        { role: 'system', content },
        { role: 'user', content },
        { role: 'assistant', content: answer },
      ]);
      return tokens.filter((token) => special.some(({ id }) => id === token)).length;
    };
    expect(await count(all, `${all} end`)).toBe(await count('plain', 'plain end'));
  });

  test('nor do marks in the data break the way', async () => {
    const text = 'a\u{f0000}<|im_end|>\u{f0001}\u{f0001}b';
    const example = await exampleOf('qwen2', 'qwen2', [
      { role: 'user', content: text },
      { role: 'assistant', content: text },
    ]);
    expect(shown('qwen2', learned(example))).toBe('a<|im_end|>b<|im_end|>');
    expect(learned(example).filter((id) => id === tokenizerOf('qwen2').endToken)).toHaveLength(1);
  });

  test('a question may not forge a thought, an assistant may think', async () => {
    const think = tokenizerOf('qwen3').idOf('<think>')!;
    const { tokens, promptLength } = await exampleOf('qwen3', 'qwen3', [
      { role: 'user', content: 'Say <think> now.' },
      { role: 'assistant', content: '<think>\nNo.\n</think>\n\nNo.' },
    ]);
    expect(tokens.flatMap((token, place) => (token === think ? [place] : []))).toEqual([promptLength]);
  });
});

const trace = [
  { role: 'user', content: 'What is 17 * 3?' },
  { role: 'assistant', content: '<think>\n17 * 3 = 51.\n</think>\n\nIt is 51.' },
];
const apart = [trace[0]!, { role: 'assistant', content: 'It is 51.', reasoning_content: '17 * 3 = 51.' }];
const without = [trace[0]!, { role: 'assistant', content: 'It is 51.' }];

describe('what a template does to a trace is told and set right', () => {
  test.each([
    [
      'a stripped and prefilled trace',
      'qwen2',
      'thinkPrefilled',
      trace,
      '17 * 3 = 51.\n</think>\n\nIt is 51.<|im_end|>',
      ['thinkPrefilled'],
    ],
    [
      'the same in its own field',
      'qwen2',
      'thinkPrefilled',
      apart,
      '17 * 3 = 51.\n</think>\n\nIt is 51.<|im_end|>',
      ['thinkPrefilled'],
    ],
    [
      'a prefill without a trace',
      'qwen2',
      'thinkPrefilled',
      without,
      '</think>\n\nIt is 51.<|im_end|>',
      ['prefilledWithoutTrace'],
    ],
    [
      'a field that the template does not know',
      'qwen2',
      'qwen2',
      apart,
      '<think>\n17 * 3 = 51.\n</think>\n\nIt is 51.<|im_end|>',
      ['thinkStripped'],
    ],
    [
      'the same with llama',
      'llama',
      'llama',
      apart,
      '<think>\n17 * 3 = 51.\n</think>\n\nIt is 51.<|eot_id|>',
      ['thinkStripped'],
    ],
    [
      'a trace in the family’s own way',
      'qwen3',
      'qwen3',
      trace,
      '<think>\n17 * 3 = 51.\n</think>\n\nIt is 51.<|im_end|>',
      [],
    ],
    ['no end token', 'qwen2', 'noEnd', without, 'It is 51.\n<|im_end|>', ['missingEos']],
  ] as const)('%s', async (_, family, template, messages, text, expected) => {
    const example = await exampleOf(family, template, messages);
    expect(shown(family, learned(example))).toBe(text);
    expect(kinds(example)).toEqual(expected);
    expect(learned(example).at(-1)).toBe(tokenizerOf(family).endToken);
  });

  test('a trace where thinking is switched off', async () => {
    const example = await exampleOf('qwen3', 'qwen3', trace, 'completion', { enable_thinking: false });
    expect(shown('qwen3', learned(example))).toBe('It is 51.<|im_end|>');
    expect(kinds(example)).toEqual(['traceWithThinkingOff']);
  });

  test('earlier traces that the template strips', async () => {
    const example = await exampleOf('qwen3', 'qwen3', [...trace, ...trace], 'assistant');
    expect(shown('qwen3', learned(example))).toBe(
      'It is 51.<|im_end|><think>\n17 * 3 = 51.\n</think>\n\nIt is 51.<|im_end|>',
    );
    expect(kinds(example)).toEqual(['historyStripped']);
  });

  test('the prompt of a row is what the model is asked with', async () => {
    for (const [family, template] of [
      ['qwen2', 'thinkPrefilled'],
      ['qwen3', 'qwen3'],
      ['gemma3_text', 'gemma3_text'],
    ] as const) {
      const tokenizer = tokenizerOf(family);
      const encoder = new ChatEncoder({ tokenizer, template: await open(tokenizer, template), lossOn: 'completion' });
      const { tokens, promptLength } = await exampleOf(family, template, trace);
      expect(await encoder.prompts([trace.slice(0, 1)])).toEqual([tokens.slice(0, promptLength)]);
    }
  });
});

describe('rows that cannot be trained on', () => {
  test.each([
    ['no answer', 'qwen2', trace.slice(0, 1), 'noAnswer'],
    ['nothing', 'qwen2', [], 'noAnswer'],
    ['roles that the template refuses', 'gemma3_text', [trace[0]!, ...trace], 'raised'],
  ] as const)('%s', async (_, family, messages, kind) => {
    expect(await outcomeOf(family, family, messages)).toHaveProperty('refused.kind', kind);
  });
});

test('a model is probed once for what its template does to every row', async () => {
  const probe = async (family: Family, name: string): Promise<ChatFindingKind[]> => {
    const tokenizer = tokenizerOf(family);
    const template = await open(tokenizer, name);
    return (await probeTemplate({ tokenizer, template, lossOn: 'completion' })).map(({ kind }) => kind);
  };
  expect(await probe('qwen3', 'qwen3')).toEqual([]);
  expect(await probe('qwen2', 'noEnd')).toEqual(['missingEos']);
  expect(await probe('qwen2', 'thinkPrefilled')).toEqual(['thinkPrefilled']);
  expect(await probe('llama', 'llama')).toEqual(['padIsEnd']);
});
