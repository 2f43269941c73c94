/** The small models of test/fixtures/chat as a person has them: a folder with weights, tokenizer and chat template, and rows beside it. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CHAT_ROWS = 'test/fixtures/chat/rows.jsonl';
export const CHAT_FAMILIES = ['qwen3', 'gemma3_text'] as const;
export type ChatFamily = (typeof CHAT_FAMILIES)[number];

/** What transformers made of the rows, in the order of the file. */
export interface ExpectedChatTraining {
  readonly training: Readonly<Record<string, number>>;
  /** Place of the row that is held out. */
  readonly heldOut: number;
  readonly examples: readonly { readonly ids: readonly number[]; readonly mask: readonly number[] }[];
  readonly losses: readonly number[];
  /** Before the first step and after the last. */
  readonly heldOutLosses: readonly [number, number];
}

export const expectedChat = (family: ChatFamily): ExpectedChatTraining =>
  JSON.parse(readFileSync(join('test/fixtures/chat', family, 'expected.json'), 'utf8')) as ExpectedChatTraining;

/** Puts the folder of a model and `rows.jsonl` into `folder`; returns the model's name there. */
export function putChatModel(folder: string, family: ChatFamily): string {
  const model = join(folder, family);
  mkdirSync(model, { recursive: true });
  for (const name of ['config.json', 'generation_config.json', 'model.safetensors'])
    cpSync(join('test/fixtures/chat', family, name), join(model, name));
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    cpSync(join('test/fixtures/tokenizers', family, name), join(model, name));
  cpSync(CHAT_ROWS, join(folder, 'rows.jsonl'));
  return family;
}

/** A config of five steps over all rows that are not held out. */
export const chatConfig = (family: ChatFamily, more: object = {}) => ({
  recipe: 'sft',
  seed: 3,
  device: 'cpu',
  executor: 'onnx',
  threads: 1,
  model: { path: family },
  data: { path: 'rows.jsonl' },
  training: {
    ...expectedChat(family).training,
    maxSteps: 5,
    batchSize: 11,
    warmupRatio: 0,
    lrSchedulerType: 'constant',
  },
  sampling: { everySteps: 5, completions: 1, maxNewTokens: 8 },
  evaluation: { everySteps: 5, maxNewTokens: 8, batchSize: 4 },
  checkpoints: { everySteps: 2 },
  ...more,
});
