/** How rows of plain text are looked at, for tests of what is read. */
import type { ExamineSpec } from '../../src/engine/rows/examineSpec.ts';

export const textExaminer: ExamineSpec = {
  format: 'text',
  mapping: { text: 'text' },
  verifiers: ['recorded', 'answer'],
  benchmarks: [],
  decontaminate: 'prompt',
  ngram: 8,
  deduplicate: 'example',
  shingleWords: 5,
  tokenizer: null,
};
