/** A thread beside the trainer that looks at blocks of rows. */
import { parentPort, workerData } from 'node:worker_threads';
import { textLines } from '../../data/rows/textLines.ts';
import { examinerOf, type ExamineSpec } from '../../engine/rows/examineSpec.ts';
import type { FromExaminer, ToExaminer } from './rowsMessages.ts';

const port = parentPort;
if (port === null) throw new Error('rowsThread works only as a thread.');
const examiner = examinerOf(workerData as ExamineSpec);
const encoder = new TextEncoder();

port.on('message', ({ bytes, firstLine, lines }: ToExaminer) => {
  const lineAt = (place: number): number => lines?.[place] ?? firstLine + place;
  const { table, texts, bad } = examiner.examine(textLines(bytes), lineAt);
  const answer: FromExaminer = { table, texts: encoder.encode(texts), bad };
  port.postMessage(answer, [answer.table.buffer, answer.texts.buffer]);
});
