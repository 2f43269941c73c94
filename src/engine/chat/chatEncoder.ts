/** From conversations to what the model is trained on: tokens, and which of them it learns. */
import type { BpeTokenizer } from '../tokenizer/bpeTokenizer.ts';
import { chatFinding, type ChatFinding, raised } from './chatFinding.ts';
import type { ChatTemplate, Message, Rendered, RenderRequest } from './chatTemplate.ts';
import { completionText } from './completionText.ts';
import { ControlTokens } from './controlTokens.ts';
import { readTurn } from './thinking.ts';

/**
 * What carries loss: the completion of the last turn (TRL's `completion_only_loss`), every turn of the assistant
 * (`assistant_only_loss`), or every token.
 */
export type LossOn = 'completion' | 'assistant' | 'all';

export interface ChatEncoderOptions {
  readonly tokenizer: BpeTokenizer;
  readonly template: ChatTemplate;
  readonly lossOn: LossOn;
  /** Handed to the template, such as `enable_thinking`. */
  readonly templateOptions?: RenderRequest['options'];
}

export interface ChatExample {
  readonly tokens: readonly number[];
  /** As long as `tokens`: 1 where the token is learned. The end of a learned turn always is. */
  readonly lossMask: readonly (0 | 1)[];
  /** Tokens before the last turn's completion. */
  readonly promptLength: number;
  /** Warnings and hints. */
  readonly findings: readonly ChatFinding[];
}

/** An example, or the finding of severity `error` for which there is none. */
export type ChatOutcome = ChatExample | { readonly refused: ChatFinding };

/** A text that begins a turn: what stands behind it, up to the next or the end, is that turn and what follows it. */
interface Piece {
  readonly text: string;
  readonly isLearned: boolean;
}

export class ChatEncoder {
  private readonly options: ChatEncoderOptions;
  private readonly control: ControlTokens;

  constructor(options: ChatEncoderOptions) {
    this.options = options;
    this.control = new ControlTokens(options.tokenizer, options.template.literals);
  }

  /** In the order of the conversations. Rejects where template or tokenizer fail as a whole. */
  async encode(conversations: readonly (readonly Message[])[]): Promise<ChatOutcome[]> {
    const marked = conversations.map((messages) => this.control.mark(messages));
    const requests = marked.map((messages) => this.requestsOf(messages));
    const rendered = await this.options.template.render(requests.flat());
    let at = 0;
    return marked.map((messages, place) => {
      const count = requests[place]?.length ?? 0;
      return this.outcome(messages, rendered.slice(at, (at += count)));
    });
  }

  /** What the model is given so that it writes the next turn, as tokens, or why there is nothing. In the order of the conversations. */
  async prompts(conversations: readonly (readonly Message[])[]): Promise<(readonly number[] | ChatFinding)[]> {
    const requests = conversations.map((messages) => this.request(this.control.mark(messages), true));
    const rendered = await this.options.template.render(requests);
    return rendered.map((one) => ('text' in one ? this.control.encode(one.text) : raised(one.raised)));
  }

  /** The whole, and each prompt before a turn that is learned. None for a conversation without an answer. */
  private requestsOf(messages: readonly Message[]): RenderRequest[] {
    const turns = learnedTurns(messages, this.options.lossOn);
    if (turns.length === 0) return [];
    return [this.request(messages, false), ...turns.map((turn) => this.request(messages.slice(0, turn), true))];
  }

  private request(messages: readonly Message[], addGenerationPrompt: boolean): RenderRequest {
    const { templateOptions } = this.options;
    return { messages, addGenerationPrompt, ...(templateOptions && { options: templateOptions }) };
  }

  private outcome(messages: readonly Message[], rendered: readonly Rendered[]): ChatOutcome {
    const texts: string[] = [];
    for (const one of rendered) {
      if ('raised' in one) return { refused: raised(one.raised) };
      texts.push(one.text);
    }
    const [full, ...prompts] = texts;
    const prompt = prompts.at(-1);
    const message = messages.at(-1);
    if (full === undefined || prompt === undefined || !message) return { refused: chatFinding('noAnswer') };
    const split = completionText(full, prompt, message);
    if ('kind' in split) return { refused: split };
    const { pieces, findings } = this.history(messages, prompts);
    return this.example(pieces, split.completion, [...split.findings, ...findings]);
  }

  /** The last prompt, cut where earlier turns begin that are learned. */
  private history(
    messages: readonly Message[],
    prompts: readonly string[],
  ): { pieces: Piece[]; findings: ChatFinding[] } {
    const turns = learnedTurns(messages, this.options.lossOn);
    const last = prompts.at(-1) ?? '';
    const kinds = new Set<'turnUnplaced' | 'historyStripped'>();
    const pieces: Piece[] = [];
    let start = 0;
    let isLearned = false;
    for (const [place, prompt] of prompts.entries()) {
      if (!last.startsWith(prompt) || prompt.length < start) {
        kinds.add('turnUnplaced');
        continue;
      }
      pieces.push({ text: last.slice(start, prompt.length), isLearned });
      start = prompt.length;
      isLearned = true;
      const message = messages[turns[place] ?? -1];
      if (place < prompts.length - 1 && message && isStripped(message, last.slice(start))) kinds.add('historyStripped');
    }
    return { pieces, findings: [...kinds].map(chatFinding) };
  }

  private example(pieces: readonly Piece[], completion: string, before: readonly ChatFinding[]): ChatExample {
    const { tokenizer, lossOn } = this.options;
    const findings = [...before];
    const tokens: number[] = [];
    const lossMask: (0 | 1)[] = [];
    const add = (ids: readonly number[], learned: number): void => {
      for (const [place, id] of ids.entries()) {
        tokens.push(id);
        lossMask.push(lossOn === 'all' || place < learned ? 1 : 0);
      }
    };
    for (const { text, isLearned } of pieces) {
      const ids = this.control.encode(text);
      const end = isLearned ? this.endIn(ids) : 0;
      if (isLearned && end === 0) findings.push(chatFinding('turnUnplaced'));
      add(ids, end);
    }
    const promptLength = tokens.length;
    const ids = this.control.encode(completion);
    const end = this.endIn(ids);
    if (end === 0) findings.push(chatFinding('missingEos'));
    add(end === 0 ? [...ids, tokenizer.endToken] : ids, end === 0 ? ids.length + 1 : end);
    return { tokens, lossMask, promptLength, findings };
  }

  /** Tokens up to the first that ends a turn, it included; 0 where none does. */
  private endIn(ids: readonly number[]): number {
    return 1 + ids.findIndex((id) => this.options.tokenizer.endTokens.includes(id));
  }
}

/** Places of the assistant's turns that carry loss; the last message is one of them, or there are none. */
function learnedTurns(messages: readonly Message[], lossOn: LossOn): number[] {
  if (messages.at(-1)?.role !== 'assistant') return [];
  if (lossOn !== 'assistant') return [messages.length - 1];
  return messages.flatMap(({ role }, place) => (role === 'assistant' ? [place] : []));
}

function isStripped(message: Message, rest: string): boolean {
  const { trace } = readTurn(message);
  return trace !== null && !rest.includes(trace);
}
