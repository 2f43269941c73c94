/** What a check of a false valley looks at, and what it answers. */
import { phrase, said, type Sentence } from '../../../protocol/sentence.ts';
import type { Depth, FakeValley, FakeValleyCheck, Rung } from '../../../protocol/verdict.ts';

/** What is known of how a ladder was trained and measured; null is not known. */
export interface ValleyFacts {
  /** Examples that were looked at, and those whose end carries no loss. */
  readonly ends: { readonly examples: number; readonly unlearned: number } | null;
  /** Whether padding is the end token, and whether what is padding is told by its token. */
  readonly padding: { readonly isEndToken: boolean; readonly isToldByToken: boolean } | null;
  /** Longest completion that is measured, and lengths of those that were taught; in tokens. */
  readonly lengths: { readonly maxNewTokens: number; readonly longestTaught: number } | null;
  /** Examples that were looked at, and those that lost their answer to a limit. */
  readonly answers: { readonly examples: number; readonly lost: number } | null;
  readonly packing: { readonly isPacked: boolean; readonly isSeparated: boolean } | null;
  /** Of the prompt, as it was taught and as it was measured: any text that is the same where they are. */
  readonly templates: { readonly taught: string; readonly measured: string } | null;
  /** Examples that were looked at, and those that ask what is measured; measured problems, and those that stand inside what an example writes. */
  readonly overlap: {
    readonly examples: number;
    readonly shared: number;
    readonly problems: number;
    readonly contained: number;
  } | null;
}

export interface CheckInput {
  readonly facts: ValleyFacts;
  readonly base: Rung | null;
  /** The rung that lies lowest; null where none was measured. */
  readonly bottom: Rung | null;
  /** Share of the lowest rung's completions that were cut while they repeated themselves; null where nobody looked. */
  readonly looping: number | null;
  readonly depth: Depth | null;
  readonly matters: number;
}

export interface Check {
  readonly name: FakeValley;
  readonly look: (input: CheckInput) => Omit<FakeValleyCheck, 'name'>;
}

const told =
  (holds: FakeValleyCheck['holds']) =>
  (evidence: Sentence, numbers: FakeValleyCheck['numbers'] = {}): Omit<FakeValleyCheck, 'name'> => ({
    ...{ holds, evidence, numbers },
  });

export const yes = told('yes');
export const no = told('no');
export const unknown = told('unknown')(phrase('What tells of it was not recorded.'));

/** Fewer completions that are cut do not make a valley. */
export const FEW_CUT = 0.02;

/** Whether completions that were cut would have gone on repeating themselves, all but a few, at whatever limit. */
export const isCutByLoops = ({ bottom, looping }: CheckInput): boolean =>
  bottom !== null && looping !== null && bottom.truncated - looping <= FEW_CUT;

export const cutByLoops = (truncated: number, looping: number): Sentence =>
  said`Of the completions of the lowest rung, ${percent(truncated)} are cut; ${percent(looping)} repeat themselves until then.`;

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
