/** From problems of any format to what the model is asked: conversations by way of the chat template, texts as they are. */
import type { Example } from '../formats/format.ts';
import { BpeTokenizer } from '../tokenizer/bpeTokenizer.ts';
import { UnknownCharacter } from '../tokenizer/tokenizer.ts';
import { ChatEncoder, type ChatEncoderOptions, type ChatOutcome } from './chatEncoder.ts';
import { chatFinding, type ChatFinding } from './chatFinding.ts';
import type { Message } from './chatTemplate.ts';
import { type ModelText, noTemplate } from './exampleEncoder.ts';

export interface PromptEncoderOptions {
  /** Said after each problem. */
  readonly instruction?: string | undefined;
  readonly templateOptions: NonNullable<ChatEncoderOptions['templateOptions']>;
}

/** Outcomes have the tokens of the prompt, none of which is learned. */
export class PromptEncoder {
  private readonly text: ModelText;
  private readonly chat: ChatEncoder | null;
  private readonly instruction: string;

  constructor(text: ModelText, { instruction = '', templateOptions }: PromptEncoderOptions) {
    const { tokenizer, template } = text;
    this.text = text;
    this.instruction = instruction === '' ? '' : `\n\n${instruction}`;
    this.chat =
      template === null || !(tokenizer instanceof BpeTokenizer)
        ? null
        : new ChatEncoder({ tokenizer, template, lossOn: 'completion', templateOptions });
  }

  /** In the order of the examples. Rejects as `ExampleEncoder` does. */
  async encode(examples: readonly Pick<Example, 'prompt'>[]): Promise<ChatOutcome[]> {
    const conversations = examples.flatMap(({ prompt }) =>
      typeof prompt === 'string' ? [] : [instructed(prompt, this.instruction)],
    );
    if (conversations.length > 0 && !this.chat) throw noTemplate();
    const written = (conversations.length > 0 && (await this.chat?.prompts(conversations))) || [];
    let next = 0;
    return examples.map(({ prompt }) =>
      outcomeOf(typeof prompt === 'string' ? this.plain(prompt) : (written[next++] ?? [])),
    );
  }

  private plain(prompt: string): readonly number[] | ChatFinding {
    const { tokenizer } = this.text;
    try {
      return [...tokenizer.beginTokens, ...tokenizer.encode(prompt + this.instruction)];
    } catch (error) {
      if (error instanceof UnknownCharacter) return chatFinding('unknownCharacter');
      throw error;
    }
  }
}

/** The last message of the user is what is answered. */
function instructed(prompt: readonly Message[], instruction: string): readonly Message[] {
  const last = prompt.findLastIndex(({ role }) => role === 'user');
  return prompt.map((message, place) =>
    place === last ? { ...message, content: message.content + instruction } : message,
  );
}

const outcomeOf = (prompt: readonly number[] | ChatFinding): ChatOutcome =>
  'kind' in prompt
    ? { refused: prompt }
    : { tokens: prompt, lossMask: prompt.map(() => 0), promptLength: prompt.length, findings: [] };
