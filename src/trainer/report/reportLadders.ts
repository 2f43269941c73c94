/** The report of one ladder or several, from their run folders. */
import { ladderReport } from '../../engine/report/ladderReport.ts';
import type { ReportedLadder } from '../../engine/report/reported.ts';
import type { ReportAnswer } from '../../protocol/report/report.ts';
import { runErrorOf } from '../failure.ts';
import { reportedLadder } from './reportedLadder.ts';

export interface ReportOrder {
  /** Absolute; at least one. */
  readonly runFolders: readonly string[];
  /** The smallest difference of shares that matters. */
  readonly matters: number;
}

/** Never rejects for what is expected: a refusal is an answer. */
export async function reportLadders({ runFolders, matters }: ReportOrder): Promise<ReportAnswer> {
  try {
    const ladders: ReportedLadder[] = [];
    for (const folder of runFolders) ladders.push(await reportedLadder(folder, matters));
    const verdicts = ladders.flatMap(({ evaluations }) => evaluations.map(({ verdict }) => verdict));
    return { type: 'reported', report: ladderReport(ladders), verdicts };
  } catch (error) {
    const told = runErrorOf(error);
    if (told.code === 'internal') throw error;
    return { type: 'refused', error: told };
  }
}
