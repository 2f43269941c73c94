/** maj@k: whether the answer that most of k completions give is right. */

export interface Vote {
  /** The extracted answer in its normal form; null where none was found: such a completion does not vote. */
  readonly answer: string | null;
  readonly isCorrect: boolean;
}

/**
 * 0..1 for one problem: 1 where the most frequent answer is right. A tie is broken by lot, told as what the lot gives on
 * average: the share of right answers among those tied. 0 where nobody votes.
 */
export function majorityAtK(votes: readonly Vote[]): number {
  const tally = new Map<string, { votes: number; correct: number }>();
  for (const { answer, isCorrect } of votes) {
    if (answer === null) continue;
    const known = tally.get(answer) ?? { votes: 0, correct: 0 };
    tally.set(answer, { votes: known.votes + 1, correct: known.correct + (isCorrect ? 1 : 0) });
  }
  const most = Math.max(0, ...[...tally.values()].map((entry) => entry.votes));
  const tied = [...tally.values()].filter((entry) => entry.votes === most);
  return tied.length === 0 ? 0 : tied.reduce((sum, entry) => sum + entry.correct / entry.votes, 0) / tied.length;
}
