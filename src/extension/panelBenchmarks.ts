/** What a panel asks about evaluations: those of other runs, problems one by one, two of them side by side. */
import type { ComparisonReport } from '../protocol/comparison.ts';
import type { Completion } from '../protocol/events.ts';
import type { EvaluationFile, EvaluationPair, EvaluationReference, RunReference } from '../protocol/panel.ts';
import { findAnswer, readProblems } from './measuredProblems.ts';
import type { Parts } from './parts.ts';
import type { RunPanel } from './runPanel.ts';
import type { RunWatcher } from './runWatcher.ts';

/** A run and a step at which it was measured. */
export interface MeasuredStep {
  readonly run: RunWatcher;
  readonly step: number;
}

export interface BenchmarkParts extends Pick<Parts, 'registry' | 'measured' | 'say'> {
  /** Null where it was cancelled or could not be asked, which was told. */
  readonly compare: (before: MeasuredStep, after: MeasuredStep, matters: number) => Promise<ComparisonReport | null>;
  readonly show: (run: RunWatcher, completion: Completion) => Promise<void>;
}

export class PanelBenchmarks {
  readonly #parts: BenchmarkParts;
  /** The last comparison of each panel. */
  readonly #turns = new WeakMap<RunPanel, Promise<void>>();

  constructor(parts: BenchmarkParts) {
    this.#parts = parts;
  }

  async sendScores(panel: RunPanel): Promise<void> {
    const others = this.#parts.registry.runs.filter((run) => run !== panel.run);
    panel.send({ type: 'scores', runs: await this.#parts.measured.of(others) });
  }

  async sendProblems(panel: RunPanel, of: EvaluationFile): Promise<void> {
    const run = await this.#measuredIn(panel, of);
    if (run !== null)
      panel.send({ type: 'problems', of, ...(await readProblems(run.folder, of.file, this.#parts.say)) });
  }

  async openAnswer(panel: RunPanel, of: EvaluationFile, id: string): Promise<void> {
    const run = await this.#measuredIn(panel, of);
    const completion = run && (await findAnswer(run.folder, of.file, id));
    if (run && completion) await this.#parts.show(run, completion);
  }

  /** One after the other: each takes a process. */
  sendComparison(panel: RunPanel, pair: EvaluationPair): Promise<void> {
    const before = this.#turns.get(panel) ?? Promise.resolve();
    const mine = before.then(() => this.#compareNow(panel, pair));
    this.#turns.set(
      panel,
      mine.catch(() => undefined),
    );
    return mine;
  }

  /** A run that is gone is answered like a question that could not be asked. */
  async #compareNow(panel: RunPanel, pair: EvaluationPair): Promise<void> {
    const [before, after] = [this.#stepIn(panel, pair.before), this.#stepIn(panel, pair.after)];
    const report = before && after && (await this.#parts.compare(before, after, pair.matters));
    panel.send({ type: 'comparison', pair, report });
  }

  #stepIn(panel: RunPanel, { run: reference, step }: EvaluationReference): MeasuredStep | null {
    const run = this.#runIn(panel, reference);
    return run && { run, step };
  }

  /** Only a file that the run has named in its events. */
  async #measuredIn(panel: RunPanel, { run: reference, file }: EvaluationFile): Promise<RunWatcher | null> {
    const run = this.#runIn(panel, reference);
    if (run === null) return null;
    const { sampleFiles } = await this.#parts.measured.one(run);
    return sampleFiles.some((known) => known.file === file) ? run : null;
  }

  #runIn(panel: RunPanel, reference: RunReference): RunWatcher | null {
    return reference === null ? panel.run : this.#parts.registry.find(reference);
  }
}
