/** Which completions are listed, and in which order. Plain data: no document. */
import type { Completion } from '../../src/protocol/events.ts';
import type { SampleFilter, SampleOrder, UiState } from '../uiState.ts';

export type SampleChoice = Pick<UiState, 'sampleFilter' | 'sampleSearch' | 'sampleOrder'>;

/** The completions that pass filter and search. `newestFirst` is the order they come in. */
export function listed(
  completions: readonly Completion[],
  { sampleFilter, sampleSearch, sampleOrder }: SampleChoice,
  newestFirst: boolean,
): readonly Completion[] {
  const finds = searcher(sampleSearch);
  const passing = completions.filter((completion) => passes(completion, sampleFilter) && finds(completion));
  return ordered(passing, sampleOrder, newestFirst);
}

export function passes({ verdict, finishReason }: Completion, filter: SampleFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'right':
      return verdict === 'correct';
    case 'wrong':
      return verdict === 'wrong' || verdict === 'unparsed';
    case 'truncated':
      return finishReason === 'length';
    default:
      return filter satisfies never;
  }
}

/** How many completions each filter would list, search aside. */
export const countOf = (completions: readonly Completion[], filter: SampleFilter): number =>
  completions.reduce((sum, completion) => sum + Number(passes(completion, filter)), 0);

function searcher(search: string): (completion: Completion) => boolean {
  if (search === '') return () => true;
  const pattern = new RegExp(search.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'i');
  return ({ prompt, text, answer }) => pattern.test(prompt) || pattern.test(text) || pattern.test(answer ?? '');
}

function ordered(completions: Completion[], order: SampleOrder, newestFirst: boolean): readonly Completion[] {
  switch (order) {
    case 'newest':
      return newestFirst ? completions : completions.reverse();
    case 'oldest':
      return newestFirst ? completions.reverse() : completions;
    case 'longest':
      return completions.sort((a, b) => b.tokens - a.tokens);
    default:
      return order satisfies never;
  }
}
