/** From examples of any format to what the model is trained on: conversations by way of the chat template, texts as they are. */
import type { Example } from '../formats/format.ts';
import { RunFailure } from '../recipes/runFailure.ts';
import { BpeTokenizer } from '../tokenizer/bpeTokenizer.ts';
import { type Tokenizer, UnknownCharacter } from '../tokenizer/tokenizer.ts';
import {
  ChatEncoder,
  type ChatEncoderOptions,
  type ChatExample,
  type ChatOutcome,
  type LossOn,
} from './chatEncoder.ts';
import { chatFinding } from './chatFinding.ts';
import type { ChatTemplate, Message } from './chatTemplate.ts';
import { plainExample } from './plainExample.ts';

/** Tokenizer of a model, and its chat template; null for a model without one. */
export interface ModelText {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | null;
}

/** An example as tokens; of a preference with what it is preferred to. */
export interface TrainingExample extends ChatExample {
  readonly rejected?: ChatExample;
}

/** An example, or the finding of severity `error` for which there is none. */
export type TrainingOutcome = TrainingExample | Extract<ChatOutcome, { readonly refused: unknown }>;

export class ExampleEncoder {
  private readonly tokenizer: Tokenizer;
  private readonly chat: ChatEncoder | null;
  private readonly lossOn: LossOn;
  private readonly isPaired: boolean;

  /** `isPaired`: what is rejected is encoded too. */
  constructor({ tokenizer, template }: ModelText, lossOn: LossOn, templateOptions: TemplateOptions, isPaired = false) {
    this.tokenizer = tokenizer;
    this.lossOn = lossOn;
    this.isPaired = isPaired;
    this.chat =
      template === null || !(tokenizer instanceof BpeTokenizer)
        ? null
        : new ChatEncoder({ tokenizer, template, lossOn, templateOptions });
  }

  /** In the order of the examples. Rejects where template or tokenizer fail as a whole, and with `badDataset` for turns without a template. */
  async encode(examples: readonly Example[]): Promise<TrainingOutcome[]> {
    if (!this.isPaired) return this.encodeEach(examples);
    const outcomes = await this.encodeEach(examples.flatMap((example) => [example, rejectedOf(example)]));
    return examples.map((_, place) => pairOf(at(outcomes, 2 * place), at(outcomes, 2 * place + 1)));
  }

  private async encodeEach(examples: readonly Example[]): Promise<ChatOutcome[]> {
    const conversations = examples.flatMap((example) => messagesOf(example) ?? []);
    const encoded = conversations.length === 0 ? [] : await this.chatEncoder().encode(conversations);
    let next = 0;
    return examples.map((example) =>
      typeof example.prompt === 'string' ? this.plain(example.prompt, example.completion) : at(encoded, next++),
    );
  }

  private chatEncoder(): ChatEncoder {
    if (this.chat) return this.chat;
    throw noTemplate();
  }

  private plain(prompt: string, completion: string): ChatOutcome {
    try {
      return plainExample(this.tokenizer, { prompt, completion }, this.lossOn);
    } catch (error) {
      if (error instanceof UnknownCharacter) return { refused: chatFinding('unknownCharacter') };
      throw error;
    }
  }
}

export const noTemplate = (): RunFailure =>
  new RunFailure(
    'badDataset',
    'The rows are conversations, but the model has no chat template that could write them.',
    'Choose a model with a chat template, add a chat_template.jinja to its folder, or bring rows whose prompt and completion are texts.',
  );

function rejectedOf({ rejected, ...example }: Example): Example {
  if (rejected === undefined) throw new Error('An example of a preference names nothing that was rejected.');
  return { ...example, completion: rejected };
}

/** Without one of them there is no pair. */
function pairOf(chosen: ChatOutcome, rejected: ChatOutcome): TrainingOutcome {
  if ('refused' in chosen) return chosen;
  return 'refused' in rejected ? rejected : { ...chosen, rejected };
}

type TemplateOptions = NonNullable<ChatEncoderOptions['templateOptions']>;

const messagesOf = ({ prompt, completion }: Example): [readonly Message[]] | null =>
  typeof prompt === 'string' ? null : [[...prompt, { role: 'assistant', content: completion }]];

function at(outcomes: readonly ChatOutcome[], place: number): ChatOutcome {
  const outcome = outcomes[place];
  if (!outcome) throw new Error(`The encoder gave no outcome for conversation ${place}.`);
  return outcome;
}
