/** The problems of a benchmark as this model is asked them: without those that nobody can grade, and those it cannot read. */
import type { BenchmarkEntry } from '../../config/benchmarkSchema.ts';
import type { ChatTemplateKwargs } from '../../config/rowsSchema.ts';
import { said, saidBy } from '../../protocol/sentence.ts';
import type { ModelText } from '../chat/exampleEncoder.ts';
import { prefillOf } from '../chat/thinking.ts';
import { type ChatPrompt, userPrompt } from '../chat/userPrompt.ts';
import { RunFailure } from '../recipes/runFailure.ts';
import { type Tokenizer, UnknownCharacter } from '../tokenizer/tokenizer.ts';
import type { BenchmarkFacts } from './benchmarkFindings.ts';
import type { AskedProblem, BenchmarkSource, OpenBenchmark } from './benchmarkSource.ts';

export interface BenchmarkQuestion extends AskedProblem {
  readonly tokens: readonly number[];
}

export interface AskedBenchmark {
  readonly opened: OpenBenchmark;
  readonly facts: BenchmarkFacts;
  /** At least one. */
  readonly questions: readonly BenchmarkQuestion[];
  readonly chatPrompt: ChatPrompt | null;
  /** Whether the template has begun the chain of thought where the model goes on. */
  readonly isTraceBegun: boolean;
}

export interface Asking {
  readonly source: BenchmarkSource;
  readonly text: ModelText;
  /** Tokens that the model reads, prompt and completion together. */
  readonly window: number;
  readonly seed: number;
  readonly chatTemplateKwargs: ChatTemplateKwargs;
}

/** Throws as `BenchmarkSource.open` does, and where nothing is left to ask. */
export async function askedBenchmark(entry: BenchmarkEntry, asking: Asking): Promise<AskedBenchmark> {
  const { source, text, window, seed, chatTemplateKwargs } = asking;
  const opened = await source.open(entry, seed);
  const { name, samplesPerProblem, problems, others, bad, published } = opened;
  const unreadable = await unreadableAnswers(problems, source);
  if (unreadable.size === problems.length) throw nothingReadable(name);
  const chatPrompt = userPrompt(text, chatTemplateKwargs);
  const encoded = await withTokens(
    name,
    problems.filter((problem) => !unreadable.has(problem)),
    text.tokenizer,
    chatPrompt,
  );
  const questions = encoded.filter(({ tokens }) => tokens.length < window);
  if (questions.length === 0) throw nothingFits(name, window);
  const facts: BenchmarkFacts = {
    ...{ name, samplesPerProblem, others, bad, published, window },
    problems: questions.length,
    maxNewTokens: entry.maxNewTokens,
    longestPrompt: questions.reduce((longest, { tokens }) => Math.max(longest, tokens.length), 0),
    tooLong: encoded.length - questions.length,
    unreadable: { count: unreadable.size, first: [...unreadable][0]?.id ?? '' },
  };
  return { opened, facts, questions, chatPrompt, isTraceBegun: begins(questions[0], text.tokenizer) };
}

/** Nobody could be right there. */
async function unreadableAnswers(
  problems: readonly AskedProblem[],
  source: BenchmarkSource,
): Promise<ReadonlySet<AskedProblem>> {
  const verdicts = await Promise.all(
    problems.map(({ gold, grader }) => source.grade({ gold, grader, prediction: `\\boxed{${gold}}` })),
  );
  return new Set(problems.filter((_, place) => verdicts[place]?.verdict === 'gold_unparsed'));
}

async function withTokens(
  name: string,
  problems: readonly AskedProblem[],
  tokenizer: Tokenizer,
  chatPrompt: ChatPrompt | null,
): Promise<BenchmarkQuestion[]> {
  const questions: BenchmarkQuestion[] = [];
  for (const problem of problems) {
    const tokens = await (chatPrompt?.(problem.prompt) ?? plainTokens(problem.prompt, name, tokenizer));
    if ('kind' in tokens) throw new RunFailure('badDataset', tokens.said, 'Choose a model whose template takes it.');
    questions.push({ ...problem, tokens });
  }
  return questions;
}

function plainTokens(prompt: string, name: string, tokenizer: Tokenizer): readonly number[] {
  try {
    return [...tokenizer.beginTokens, ...tokenizer.encode(prompt)];
  } catch (error) {
    if (!(error instanceof UnknownCharacter)) throw error;
    throw new RunFailure(
      'badConfig',
      said`${name} cannot be asked of this model: ${saidBy(error)}`,
      'Measure a model with a tokenizer for any text, or a `task` that the model was made for.',
    );
  }
}

/** More than a template writes for `<think>` and what stands around it. */
const PREFILL_TOKENS = 16;

function begins(question: BenchmarkQuestion | undefined, tokenizer: Tokenizer): boolean {
  const end = tokenizer.decode((question?.tokens ?? []).slice(-PREFILL_TOKENS));
  return prefillOf(end)?.isClosed === false;
}

const nothingReadable = (name: string): RunFailure =>
  new RunFailure(
    'badDataset',
    said`${name}: no problem has a right answer that the verifier can read.`,
    'Choose another `grader`, or name the column of the answers.',
  );

const nothingFits = (name: string, window: number): RunFailure =>
  new RunFailure(
    'badConfig',
    said`${name}: every problem is longer than the ${window} tokens that the model reads.`,
    'Measure a model that reads more.',
  );
