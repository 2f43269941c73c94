/** The completions of an evaluation by problem, read line by line from a run folder: their texts may be longer than memory. Knows no editor. */
import { createReadStream } from 'node:fs';
import type { Completion } from '../protocol/events.ts';
import { PROMPT_SENT, type MeasuredAnswer, type MeasuredProblem } from '../protocol/panel.ts';
import { byteLines } from '../runs/byteLines.ts';
import { completionsIn, samplePath } from './sampleFile.ts';
import type { Say } from './say.ts';

/** Completions without their texts take about 150 bytes each. */
const ANSWERS_SENT = 100_000;
/** Characters of an answer and of an id. */
const ANSWER_SENT = 500;

export interface ProblemsRead {
  /** In the order in which they were measured. */
  readonly problems: readonly MeasuredProblem[];
  /** A sentence where something could not be read. */
  readonly trouble: string | null;
}

/** Never rejects: what cannot be read is told. */
export async function readProblems(runFolder: string, file: string, say: Say): Promise<ProblemsRead> {
  const problems = new Map<string, Problem>();
  let [damaged, count] = [0, 0];
  try {
    for await (const completion of completionsOf(runFolder, file)) {
      if (completion === null) damaged++;
      else if (count++ < ANSWERS_SENT) add(problems, completion);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problems: [...problems.values()], trouble: say('{0} cannot be read: {1}', file, reason) };
  }
  return { problems: [...problems.values()], trouble: troubleOf(damaged, count, file, say) };
}

/** The completion with its text, by its id as `readProblems` gives it or whole; null where the file has none. */
export async function findAnswer(runFolder: string, file: string, id: string): Promise<Completion | null> {
  for await (const completion of completionsOf(runFolder, file))
    if (completion && [completion.id, shortId(completion)].includes(id)) return completion;
  return null;
}

const shortId = ({ id }: Pick<Completion, 'id'>): string => id.slice(0, ANSWER_SENT);

type Problem = Omit<MeasuredProblem, 'answers'> & { readonly answers: MeasuredAnswer[] };

function add(problems: Map<string, Problem>, { prompt, gold, ...completion }: Completion): void {
  const key = JSON.stringify([prompt, gold]);
  const known = problems.get(key) ?? {
    prompt: prompt.slice(0, PROMPT_SENT),
    gold: gold?.slice(0, PROMPT_SENT) ?? null,
    answers: [],
  };
  const { verdict, finishReason, tokens } = completion;
  const answer = completion.answer?.slice(0, ANSWER_SENT) ?? null;
  known.answers.push({ id: shortId(completion), answer, verdict, finishReason, tokens });
  problems.set(key, known);
}

function troubleOf(damaged: number, count: number, file: string, say: Say): string | null {
  if (damaged > 0) return say('{0} lines of {1} are damaged.', damaged, file);
  return count > ANSWERS_SENT ? say('The first {0} of {1} are shown.', ANSWERS_SENT, count) : null;
}

/** Null for a line that is no completion. */
async function* completionsOf(runFolder: string, file: string): AsyncGenerator<Completion | null> {
  const input = createReadStream(await samplePath(runFolder, file));
  try {
    for await (const line of byteLines(input))
      if (line?.trim() !== '') yield* (line === null ? null : completionsIn(line)) ?? [null];
  } finally {
    input.destroy();
  }
}
