/** The causes of false valleys that are looked for before a verdict: one file each. */
import type { FakeValleyCheck } from '../../../protocol/verdict.ts';
import type { Check, CheckInput } from './check.ts';
import { dataOverlap } from './dataOverlap.ts';
import { endNeverLearned } from './endNeverLearned.ts';
import { evaluationCap } from './evaluationCap.ts';
import { packingLeaks } from './packingLeaks.ts';
import { padMasksEnd } from './padMasksEnd.ts';
import { templateMismatch } from './templateMismatch.ts';
import { tooFewItems } from './tooFewItems.ts';
import { truncatedAnswers } from './truncatedAnswers.ts';

export const CHECKS: readonly Check[] = [
  endNeverLearned,
  padMasksEnd,
  evaluationCap,
  truncatedAnswers,
  packingLeaks,
  templateMismatch,
  dataOverlap,
  tooFewItems,
];

export const fakeValleysOf = (input: CheckInput): readonly FakeValleyCheck[] =>
  CHECKS.map(({ name, look }) => ({ name, ...look(input) }));
