/** What the steps of `prepare` and its reasons are called: one place for the editor and the terminal. English sentences are keys of the translations. */
import type { LeftOutReason, PreparationStep } from './preparation.ts';

export const stageText = (stage: PreparationStep): string => STAGES[stage];
export const reasonText = (reason: LeftOutReason): string => REASONS[reason];

const STAGES: Readonly<Record<PreparationStep, string>> = {
  read: 'read',
  exactDuplicates: 'exact duplicates',
  decontamination: 'benchmark overlap',
  correctness: 'correctness',
  length: 'length in tokens',
  repetition: 'repetition',
  language: 'language',
  nearDuplicates: 'near-duplicates',
  tracesPerProblem: 'one trace per problem',
  sampling: 'sampling',
  encoding: 'encoding',
};

const REASONS: Readonly<Record<LeftOutReason, string>> = {
  notUtf8: 'not UTF-8',
  notJson: 'not JSON',
  tooLong: 'row too long to be read',
  tooDeep: 'nested too deep',
  notAnObject: 'not an object',
  missingColumn: 'a column is missing',
  wrongType: 'a column holds something else',
  empty: 'empty',
  exactDuplicate: 'the same as an earlier row',
  nearDuplicate: 'nearly the same as an earlier row',
  benchmarkProblem: 'a problem of the benchmark',
  benchmarkWords: 'words of the benchmark',
  wrongAnswer: 'wrong answer',
  unverified: 'not verified',
  tooFewTokens: 'too few tokens',
  tooManyTokens: 'too many tokens',
  repetitive: 'goes round in circles',
  otherLanguage: 'another language',
  otherTrace: 'another trace of the problem',
  notDrawn: 'not drawn',
  raised: 'refused by the chat template',
  noAnswer: 'no answer at the end',
  promptDiffers: 'the prompt is rendered otherwise',
  answerLost: 'the chat template loses the answer',
  unknownCharacter: 'a character that the model does not know',
  nothingLearned: 'nothing to learn in it',
  unverifiable: 'no right answer that can be verified',
  samePair: 'chosen and rejected are the same',
};
