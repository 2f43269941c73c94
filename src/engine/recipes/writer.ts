/** Lets the model write: problems of a task in bulk, and what people ask for in between, streamed and first in line. */
import type { Completion, RunEvent } from '../../protocol/events.ts';
import type { ChatPrompt } from '../chat/userPrompt.ts';
import type { Decoder } from '../generation/decoder.ts';
import { plainPrompt } from '../chat/plainExample.ts';
import { generate } from '../generation/generate.ts';
import type { Generated, GenerationRequest } from '../generation/sequence.ts';
import { beforePossibleStop, beforeStop, stopTest } from '../generation/stopText.ts';
import { countedVerdict } from '../grading/countedVerdict.ts';
import { randomSource } from '../random/randomSource.ts';
import type { Judge, Question } from '../tasks/task.ts';
import { type Tokenizer, type TokenStream, UnknownCharacter } from '../tokenizer/tokenizer.ts';
import type { RecipeDeps } from './deps.ts';
import type { Inbox, SampleRequest } from './inbox.ts';
import { RunFailure } from './runFailure.ts';
import { logged } from '../../protocol/logged.ts';
import { said, saidBy } from '../../protocol/sentence.ts';

/** A completion that is wanted. */
export interface Ask extends GenerationRequest {
  readonly id: string;
  readonly step: number;
  readonly promptText: string;
  /** Null for a prompt that states no problem of the task. */
  readonly problem: Question | null;
  readonly isInteractive: boolean;
  /** Texts that end the completion. */
  readonly stop: readonly string[];
  /** Who judges it; the writer's own judge if left out. */
  readonly judge?: Judge;
}

export interface WriterOptions {
  readonly decoder: Decoder;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
  readonly inbox: Inbox;
  readonly stream: RecipeDeps['stream'];
  /** Writes what a person asks as one message of the user; null where the model is given the text itself. */
  readonly chatPrompt?: ChatPrompt | null;
}

/** What one decode step brought: completions that were asked for in bulk, and events of interactive ones. */
export interface Written {
  readonly completions: readonly Completion[];
  /** The tokens of each of `completions`, and what was asked for. */
  readonly drafts: readonly Draft[];
  readonly events: readonly RunEvent[];
}

export interface Draft {
  readonly ask: Ask;
  readonly generated: Generated;
}

export type AskSettings = Pick<
  Ask,
  'temperature' | 'topP' | 'topK' | 'maxNewTokens' | 'seed' | 'stop' | 'alternatives'
>;

export class Writer {
  private readonly options: WriterOptions;
  private interactiveCount = 0;
  private isStreaming = false;
  /** Of the interactive completion: written, but not shown yet, because a stop text may begin with it. */
  private held = '';
  /** Of the interactive completion: its tokens so far, as text. */
  private text: TokenStream | null = null;

  constructor(options: WriterOptions) {
    this.options = options;
  }

  /** The wish for a completion of a problem. */
  ask(id: string, step: number, problem: Question, settings: AskSettings): Ask {
    const prompt = problem.tokens ?? plainPrompt(this.options.tokenizer, problem.prompt);
    if (prompt.length >= this.options.decoder.maxLength)
      throw new RunFailure(
        'badConfig',
        said`The prompt ${JSON.stringify(problem.prompt)} has ${prompt.length} tokens, but the model reads at most ${this.options.decoder.maxLength}, prompt and completion together.`,
        'Choose an easier task.level, or a model with a larger model.maxPositionEmbeddings.',
      );
    return { id, step, prompt, promptText: problem.prompt, problem, isInteractive: false, ...this.sampling(settings) };
  }

  /** Yields after each decode step; ends when `next` and the inbox are empty, or early when the inbox says stop. */
  async *write(step: number, next: () => Ask | null): AsyncGenerator<Written> {
    const { decoder, tokenizer, inbox } = this.options;
    let refused: RunEvent[] = [];
    const refuse = (event: RunEvent): void => void refused.push(event);
    const nextAsk = async (): Promise<Ask | null> => (await this.nextInteractive(step, refuse)) ?? next();
    inbox.look();
    try {
      for await (const { written, finished } of generate(decoder, tokenizer.endTokens, nextAsk)) {
        for (const { request, token } of written)
          if (request.isInteractive) this.show(this.pieceOf(token), request.stop);
        const drafts = finished.map(({ request: ask, generated }) => ({ ask, generated }));
        const answers = drafts
          .filter(({ ask }) => ask.isInteractive)
          .map((draft) => this.answered(step, this.completion(draft)));
        const inBulk = drafts.filter(({ ask }) => !ask.isInteractive);
        const completions = inBulk.map((draft) => this.completion(draft));
        yield { completions, drafts: inBulk, events: [...refused, ...answers] };
        refused = [];
        inbox.look();
        if (inbox.isStopping) return;
      }
      if (refused.length > 0) yield { completions: [], drafts: [], events: refused };
    } finally {
      this.endStream();
    }
  }

  /** One interactive completion at a time, so that its stream is not mixed with another's. */
  private async nextInteractive(step: number, refuse: (event: RunEvent) => void): Promise<Ask | null> {
    while (!this.isStreaming) {
      const request = this.options.inbox.takeSample();
      if (!request) return null;
      this.isStreaming = true;
      const ask = await this.interactive(step, request);
      if (!('type' in ask)) return ask;
      refuse(ask);
      this.endStream();
    }
    return null;
  }

  /** Whoever listens learns that no more pieces come, also where the completion was given up. */
  private endStream(): void {
    const held = this.held + (this.text?.end() ?? '');
    if (held !== '') this.options.stream(held, false);
    if (this.isStreaming) this.options.stream('', true);
    this.isStreaming = false;
    this.held = '';
    this.text = null;
  }

  private pieceOf(token: number): string {
    this.text ??= this.options.tokenizer.stream();
    return this.text.push(token);
  }

  /** Streams what no stop text can take back any more. */
  private show(piece: string, stop: readonly string[]): void {
    const text = this.held + piece;
    const before = beforeStop(text, stop);
    const shown = before === text ? beforePossibleStop(text, stop) : before;
    this.held = before === text ? text.slice(shown.length) : '';
    if (before !== text) this.text = null;
    if (shown !== '') this.options.stream(shown, false);
  }

  private sampling({ temperature, topP, topK, maxNewTokens, seed, stop, alternatives }: AskSettings) {
    const isStop = stop.length > 0 ? stopTest(this.options.tokenizer, stop) : undefined;
    const details = alternatives === undefined ? {} : { alternatives };
    return { temperature, topP, topK, maxNewTokens, seed, stop, isStop, ...details };
  }

  /** What a person asked for, or the event that says why it cannot be had. */
  private async interactive(step: number, { prompt: promptText, ...settings }: SampleRequest): Promise<Ask | RunEvent> {
    const { judge, decoder, chatPrompt } = this.options;
    try {
      const prompt = await (chatPrompt?.(promptText) ?? plainPrompt(this.options.tokenizer, promptText));
      if ('kind' in prompt) return logged('warning', prompt.said);
      if (prompt.length === 0 || prompt.length >= decoder.maxLength)
        return logged(
          'warning',
          said`The prompt has ${prompt.length} tokens; this model takes 1 to ${decoder.maxLength - 1}.`,
        );
      const sampling = this.sampling({ topP: 1, topK: 0, stop: [], ...settings });
      const id = `${step}-interactive-${this.interactiveCount++}`;
      const problem = chatPrompt ? null : judge.parse(promptText);
      return { id, step, prompt, promptText, problem, isInteractive: true, ...sampling };
    } catch (error) {
      if (error instanceof UnknownCharacter) return logged('warning', saidBy(error));
      throw error;
    }
  }

  private answered(step: number, completion: Completion): RunEvent {
    this.endStream();
    return { type: 'completions.sampled', step, purpose: 'interactive', completions: [completion] };
  }

  private completion({ ask, generated }: Draft): Completion {
    const { tokenizer } = this.options;
    const { judge = this.options.judge } = ask;
    const text = beforeStop(tokenizer.decode(generated.tokens), ask.stop);
    const trace = judge.trace(text);
    const grade = ask.problem && judge.grade(ask.problem, text);
    const { logProbabilities } = generated;
    return {
      id: ask.id,
      step: ask.step,
      prompt: ask.promptText,
      text,
      trace,
      answer: grade ? grade.answer : null,
      gold: ask.problem?.gold ?? null,
      verdict: grade ? countedVerdict(grade.verdict, generated.finishReason) : 'ungraded',
      finishReason: generated.finishReason,
      tokens: logProbabilities.length,
      seed: ask.seed,
      temperature: ask.temperature,
      meanLogProbability: logProbabilities.reduce((sum, value) => sum + value, 0) / logProbabilities.length,
      steps: judge.checkSteps(ask.problem, trace),
      ...(judge.verifier !== undefined && grade && { verifier: judge.verifier }),
    };
  }
}

/** The seed of one completion among many: shown with it, so that it can be written again. */
export const completionSeed = (seed: number, purpose: string, step: number, index: number): number =>
  randomSource(seed, `seeds/${purpose}`, step).integer(index, 2 ** 32);
