/** What the commands work with: made once in main.ts, handed on by hand. */
import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Strings } from '../protocol/translate.ts';
import type { ConfigFindings } from './configFindings.ts';
import type { MeasuredRuns } from './measuredRuns.ts';
import type { Preflights } from './preflights.ts';
import type { ReadOnlyDocuments } from './readOnlyDocuments.ts';
import type { ReportPanels } from './reportPanels.ts';
import type { RunPanels } from './runPanels.ts';
import type { RunRegistry } from './runRegistry.ts';
import type { Say } from './say.ts';
import type { Selection } from './selection.ts';
import type { TrainingExamples } from './trainingExamples.ts';

export interface Parts {
  readonly context: ExtensionContext;
  readonly strings: Strings;
  readonly say: Say;
  readonly log: LogOutputChannel;
  readonly registry: RunRegistry;
  readonly selection: Selection;
  readonly measured: MeasuredRuns;
  readonly panels: RunPanels;
  readonly reports: ReportPanels;
  readonly documents: ReadOnlyDocuments;
  readonly findings: ConfigFindings;
  readonly preflights: Preflights;
  readonly examples: TrainingExamples;
  /** Absolute path of the bundled trainer. */
  readonly trainer: string;
}
