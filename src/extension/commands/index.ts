/** All commands of the extension by id: one line each. */
import type { Parts } from '../parts.ts';
import { compareEvaluations } from './compareEvaluations.ts';
import { continueRun } from './continueRun.ts';
import { deleteRun } from './deleteRun.ts';
import { doctor } from './doctor.ts';
import { evaluateCheckpoint } from './evaluateCheckpoint.ts';
import { exportModel } from './exportModel.ts';
import { installGpuEngine } from './installGpuEngine.ts';
import { newConfig } from './newConfig.ts';
import { openReport, saveReport } from './openReport.ts';
import { openConfig, openLog, openPanel, revealRunFolder } from './openRun.ts';
import { pinCheckpoint, unpinCheckpoint } from './pinCheckpoint.ts';
import { sample } from './sample.ts';
import { prepareData } from './prepareData.ts';
import { preflight } from './preflight.ts';
import { chooseExample, nextExample, previewExample, previousExample } from './previewExample.ts';
import { runThisConfig, startRun, validateConfig } from './startRun.ts';
import { suggestNextRun } from './suggestNextRun.ts';
import { pauseRun, resumeRun, saveCheckpoint, stopRun } from './steerRun.ts';

export type Command = (parts: Parts, ...args: readonly unknown[]) => Promise<void>;

export const commandsById: Readonly<Record<string, Command>> = {
  'valley.startRun': startRun,
  'valley.runThisConfig': runThisConfig,
  'valley.validateConfig': validateConfig,
  'valley.preflight': preflight,
  'valley.previewExample': previewExample,
  'valley.previousExample': previousExample,
  'valley.nextExample': nextExample,
  'valley.chooseExample': chooseExample,
  'valley.stopRun': stopRun,
  'valley.pauseRun': pauseRun,
  'valley.resumeRun': resumeRun,
  'valley.saveCheckpoint': saveCheckpoint,
  'valley.continueRun': continueRun,
  'valley.evaluateCheckpoint': evaluateCheckpoint,
  'valley.compareEvaluations': compareEvaluations,
  'valley.openReport': openReport,
  'valley.saveReport': saveReport,
  'valley.suggestNextRun': suggestNextRun,
  'valley.exportModel': exportModel,
  'valley.sample': sample,
  'valley.openPanel': openPanel,
  'valley.revealRunFolder': revealRunFolder,
  'valley.openLog': openLog,
  'valley.openConfig': openConfig,
  'valley.deleteRun': deleteRun,
  'valley.newConfig': newConfig,
  'valley.prepareData': prepareData,
  'valley.doctor': doctor,
  'valley.installGpuEngine': installGpuEngine,
  'valley.pinCheckpoint': pinCheckpoint,
  'valley.unpinCheckpoint': unpinCheckpoint,
  'valley.refresh': ({ registry }) => registry.scan(),
};
