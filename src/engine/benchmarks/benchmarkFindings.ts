/** What is to be known of a benchmark before it is measured: said by the run at its start, and by pre-flight on the lines of the config. */
import { phrase, said, type Sentence } from '../../protocol/sentence.ts';

export interface BenchmarkFacts {
  readonly name: string;
  /** That are measured, and completions of each. */
  readonly problems: number;
  readonly samplesPerProblem: number;
  readonly maxNewTokens: number;
  /** Tokens of the longest prompt that is measured. */
  readonly longestPrompt: number;
  /** Tokens that the model reads, prompt and completion together. */
  readonly window: number;
  /** Problems whose prompts leave no room for an answer. */
  readonly tooLong: number;
  /** Problems whose right answers the verifier cannot read, and the id of the first. */
  readonly unreadable: { readonly count: number; readonly first: string };
  /** Rows of other sets in the same file. */
  readonly others: number;
  /** Rows that cannot be read: why, and how many. */
  readonly bad: ReadonlyMap<string, number>;
  /** Problems of a published set: in this file, and as it was published; null for what was published nowhere. */
  readonly published: { readonly found: number; readonly whole: number } | null;
}

export interface BenchmarkFinding {
  readonly severity: 'warning' | 'hint';
  /** Of the entry. */
  readonly key: 'path' | 'maxNewTokens';
  readonly said: Sentence;
  readonly remedy: Sentence | null;
}

export function benchmarkFindings(facts: BenchmarkFacts): BenchmarkFinding[] {
  const { name, bad, others, published } = facts;
  const ofFile = (severity: BenchmarkFinding['severity'], sentence: Sentence, remedy = ''): BenchmarkFinding => ({
    severity,
    key: 'path',
    said: sentence,
    remedy: remedy === '' ? null : phrase(remedy),
  });
  return [
    ...[...bad].map(([why, rows]) => ofFile('warning', said`${name}: ${rows} rows cannot be read (${phrase(why)}).`)),
    ...answerFindings(facts),
    ...(published !== null && published.found !== published.whole
      ? [
          ofFile(
            'warning',
            said`${name}: the file has ${published.found} of its problems; as published it has ${published.whole}.`,
            'Name the whole file: scores of a part are not those that are published.',
          ),
        ]
      : []),
    ...(others > 0 ? [ofFile('hint', said`${name}: ${others} rows of the file belong to other sets.`)] : []),
    ofFile('hint', said`${name}: ${facts.problems} problems, ${facts.samplesPerProblem} completions each.`),
    ...roomFindings(facts),
  ];
}

function answerFindings({ name, unreadable: { count, first } }: BenchmarkFacts): BenchmarkFinding[] {
  if (count === 0) return [];
  return [
    {
      severity: 'warning',
      key: 'path',
      said: said`${name}: the right answers of ${count} problems cannot be read by the verifier (first: ${first}); they are left out.`,
      remedy: phrase('Choose another `grader`, or name the column of the answers.'),
    },
  ];
}

/** A limit beyond what the model reads cuts answers that are then wrong. */
function roomFindings({ name, tooLong, window, longestPrompt, maxNewTokens }: BenchmarkFacts): BenchmarkFinding[] {
  const room = window - longestPrompt;
  const limit = (sentence: Sentence): BenchmarkFinding => ({
    severity: 'warning',
    key: 'maxNewTokens',
    said: sentence,
    remedy: phrase('Measure a model that reads more, or lower `maxNewTokens` and say so where you tell the score.'),
  });
  return [
    ...(tooLong > 0
      ? [
          limit(
            said`${name}: ${tooLong} problems are left out, as the model reads at most ${window} tokens and they leave no room for an answer.`,
          ),
        ]
      : []),
    ...(maxNewTokens > room
      ? [
          limit(
            said`${name}: answers may take ${maxNewTokens} tokens, but the model reads ${window} in all: some are cut after ${room} and count as wrong.`,
          ),
        ]
      : []),
  ];
}
