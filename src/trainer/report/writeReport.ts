/** Puts the report of a ladder into its run folder when the ladder is done: in English, as what a program reads. */
import { join } from 'node:path';
import { replaceAtomically } from '../../data/durable.ts';
import { realFiles } from '../../data/files.ts';
import { REPORT_FILES, type ReportAnswer } from '../../protocol/report/report.ts';
import { reportFiles } from '../../protocol/report/reportFiles.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { translate } from '../../protocol/translate.ts';
import { MATTERS } from '../../protocol/verdict.ts';
import { reportLadders } from './reportLadders.ts';

/** The path of the page, absolute; or why there is nothing to report, and nothing written then. */
export async function writeReport(runFolder: string): Promise<{ readonly page: string } | ReportRefusal> {
  const answer = await reportLadders({ runFolders: [runFolder], matters: MATTERS });
  if (answer.type === 'refused') return answer;
  const folder = join(runFolder, RUN_FOLDER.report);
  for (const one of [folder, join(folder, REPORT_FILES.figures)]) realFiles.makeFolder(one);
  const say = (sentence: string, ...args: readonly (string | number)[]): string => translate({}, sentence, ...args);
  for (const [name, text] of reportFiles(answer.report, answer.verdicts, { language: 'en', say }))
    replaceAtomically(realFiles, join(folder, name), text);
  return { page: join(folder, REPORT_FILES.page) };
}

type ReportRefusal = Extract<ReportAnswer, { readonly type: 'refused' }>;
