/** What a panel may ask of the editor: a fixed list, each meaning one thing done to the run it shows. */
import { commands } from 'vscode';
import type { FromPanel, PanelAction } from '../protocol/panel.ts';
import { displayLine } from '../protocol/displayText.ts';
import type { Completion } from '../protocol/events.ts';
import { exportFigure } from './exportFigure.ts';
import { PanelBenchmarks, type BenchmarkParts } from './panelBenchmarks.ts';
import type { Parts } from './parts.ts';
import type { RunPanel } from './runPanel.ts';
import { readSamples } from './sampleFile.ts';
import { showCompletion } from './showCompletion.ts';

const COMMANDS: Readonly<Record<PanelAction, string>> = {
  pause: 'valley.pauseRun',
  resume: 'valley.resumeRun',
  stop: 'valley.stopRun',
  saveCheckpoint: 'valley.saveCheckpoint',
  continue: 'valley.continueRun',
  sample: 'valley.sample',
  evaluate: 'valley.evaluateCheckpoint',
  revealFolder: 'valley.revealRunFolder',
  openConfig: 'valley.openConfig',
  openLog: 'valley.openLog',
  doctor: 'valley.doctor',
  openReport: 'valley.openReport',
};

type ActionParts = Omit<BenchmarkParts, 'show'> & Pick<Parts, 'log' | 'documents'>;

/** Completions that were read from sample files, so that they can be opened by id. */
export class PanelActions {
  readonly #parts: ActionParts;
  readonly #benchmarks: PanelBenchmarks;
  readonly #loaded = new WeakMap<RunPanel, Map<string, Completion>>();

  constructor(parts: ActionParts) {
    this.#parts = parts;
    this.#benchmarks = new PanelBenchmarks({
      ...parts,
      show: (run, completion) => showCompletion(parts, run, completion),
    });
  }

  async take(panel: RunPanel, message: FromPanel): Promise<void> {
    switch (message.type) {
      case 'ready':
        return;
      case 'act':
        return commands.executeCommand(COMMANDS[message.action], panel.run.id);
      case 'openCompletion':
        return this.#open(panel, message.id);
      case 'loadSamples':
        return this.#load(panel, message.file);
      case 'loadScores':
        return this.#benchmarks.sendScores(panel);
      case 'loadProblems':
        return this.#benchmarks.sendProblems(panel, message.of);
      case 'openAnswer':
        return this.#benchmarks.openAnswer(panel, message.of, message.id);
      case 'compare':
        return this.#benchmarks.sendComparison(panel, message.pair);
      case 'exportFigure':
      case 'exportPng':
        return exportFigure(panel.run, message, this.#parts.say);
      case 'reportError':
        this.#parts.log.error(`panel: ${displayLine(message.message, 2000)}`);
        return;
      default:
        message satisfies never;
    }
  }

  async #open(panel: RunPanel, id: string): Promise<void> {
    const known = panel.run.state?.completions.find((completion) => completion.id === id);
    const completion = known ?? this.#loaded.get(panel)?.get(id);
    if (completion !== undefined) await showCompletion(this.#parts, panel.run, completion);
  }

  /** Only a file that the run has named in its events. */
  async #load(panel: RunPanel, file: string): Promise<void> {
    const isKnown = panel.run.state?.sampleFiles.some((known) => known.file === file) === true;
    if (!isKnown) return;
    const read = await readSamples(panel.run.folder, file, this.#parts.say);
    const loaded = this.#loaded.get(panel) ?? new Map<string, Completion>();
    for (const completion of read.completions) loaded.set(completion.id, completion);
    this.#loaded.set(panel, loaded);
    panel.send({ type: 'samples', file, ...read });
  }
}
