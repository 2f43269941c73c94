/** All that the views draw from: the folded run, the health of its process and the sample files that were asked for. */
import type { Completion } from '../src/protocol/events.ts';
import type { ComparisonReport } from '../src/protocol/comparison.ts';
import type { Health, MeasuredProblem, MeasuredRun, ToPanel } from '../src/protocol/panel.ts';
import { apply, newRun, type RunState } from '../src/protocol/state.ts';
import type { Strings } from '../src/protocol/translate.ts';
import { fileKey, pairKey } from './references.ts';

export interface Model {
  run: RunState;
  health: Health;
  /** Raised by each snapshot: what was computed from an older one is void. 0 = none came yet. */
  revision: number;
  locale: string;
  strings: Strings;
  /** Contents of the files under samples/ that the host sent, by name. */
  files: Map<string, SampleFile>;
  /** The other runs that were measured, once they were asked for. */
  otherRuns: readonly MeasuredRun[] | null;
  /** Evaluations by problem, by `fileKey`. */
  problems: Map<string, ProblemFile>;
  /** Answers of the trainer by `pairKey`; null where there was none. */
  comparisons: Map<string, ComparisonReport | null>;
  /** The interactive sample under way. */
  streaming: { readonly text: string; readonly done: boolean } | null;
}

export interface SampleFile {
  readonly completions: readonly Completion[];
  /** Why there are fewer than expected, if so. */
  readonly problem: string | null;
}

export interface ProblemFile {
  readonly problems: readonly MeasuredProblem[];
  /** Why there are fewer than expected, if so. */
  readonly trouble: string | null;
}

export const newModel = (): Model => ({
  run: newRun(),
  health: { kind: 'alive' },
  revision: 0,
  locale: 'en',
  strings: {},
  files: new Map(),
  otherRuns: null,
  problems: new Map(),
  comparisons: new Map(),
  streaming: null,
});

/** Takes a message into the model, in place. */
export function hear(model: Model, message: ToPanel): void {
  switch (message.type) {
    case 'snapshot':
      Object.assign(model, { run: message.run, health: message.health, locale: message.locale });
      model.strings = message.strings;
      forget(model);
      model.revision++;
      break;
    case 'events':
      for (const stamped of message.events) apply(model.run, stamped);
      break;
    case 'health':
      model.health = message.health;
      break;
    case 'samples':
      model.files.set(message.file, { completions: message.completions, problem: message.problem });
      break;
    case 'streaming':
      model.streaming = message.done ? null : { text: message.text, done: message.done };
      break;
    case 'scores':
      model.otherRuns = message.runs;
      break;
    case 'problems':
      model.problems.set(fileKey(message.of), { problems: message.problems, trouble: message.trouble });
      break;
    case 'comparison':
      model.comparisons.set(pairKey(message.pair), message.report);
      break;
    case 'showComparison':
      // A wish of the reader, not something known: `uiFor` takes it.
      break;
    default:
      message satisfies never;
  }
}

/** What was told beside the run is asked for again when it is needed; a comparison only when somebody presses for it. */
function forget(model: Model): void {
  model.files.clear();
  model.problems.clear();
  Object.assign(model, { otherRuns: null, streaming: null });
}
