/** What a person chooses from: configs, runs, checkpoints. Plain objects that the editor's quick pick shows. */
import { basename, dirname, relative } from 'node:path';
import type { ParsedConfig } from '../config/parseConfig.ts';
import { displayLine } from '../protocol/displayText.ts';
import type { CheckpointOnDisk } from './checkpointList.ts';
import { planWords, problemCount } from './configWords.ts';
import type { MeasuredRun } from '../protocol/panel.ts';
import { bytes, score, whole } from './numbers.ts';
import { runDescription, runIcon, runLabel, statusWord, type RunShown } from './runWords.ts';
import type { Say } from './say.ts';

export interface PickItem<T> {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly value: T;
}

export interface FoundConfig {
  readonly path: string;
  readonly name: string;
  /** The workspace folder it lies in. */
  readonly root: string;
  readonly parsed: ParsedConfig;
  readonly isActive: boolean;
}

/** The config of the active editor first, then by folder and name; with what it is, where it lies and how it last went. */
export function configItems(
  configs: readonly FoundConfig[],
  runs: readonly RunShown[],
  say: Say,
): PickItem<FoundConfig>[] {
  const sorted = [...configs].sort((a, b) => Number(b.isActive) - Number(a.isActive) || a.path.localeCompare(b.path));
  return sorted.map((config) => ({
    label: `${config.parsed.ok ? '$(play)' : '$(error)'} ${displayLine(config.name, 80)}`,
    description: config.parsed.ok
      ? `${config.parsed.config.recipe} · ${planWords(config.parsed.config, say)}`
      : problemCount(config.parsed, say),
    detail: [folderWords(config), lastResult(config, runs, say)].filter((part) => part !== '').join(' · '),
    value: config,
  }));
}

export function runItems<T extends RunShown>(runs: readonly T[], say: Say): PickItem<T>[] {
  return runs.map((run) => {
    const { status, health, folder, startedAt } = run.summary;
    return {
      label: `$(${runIcon(status, health).icon}) ${runLabel(run)}`,
      description: stateWords(run, say),
      detail: `${basename(folder)} · ${new Date(startedAt).toLocaleString()}`,
      value: run,
    };
  });
}

/** The state in a word and what is to be known of it, without saying one thing twice. */
function stateWords(run: RunShown, say: Say): string {
  const { status, health } = run.summary;
  const [word, more] = [statusWord(status, health, say), runDescription(run, say)];
  return more.includes(word) ? more : `${word} · ${more}`;
}

/** A score below 0 is a loss. */
function scoreWords(score: number | null, say: Say): string {
  if (score === null) return '';
  return score < 0 ? say('loss {0}', (-score).toFixed(3)) : `${(score * 100).toFixed(1)} %`;
}

/** What a checkpoint is worth knowing by: step, score, size, and whether it is kept for good. */
export function checkpointDescription(checkpoint: CheckpointOnDisk, isBest: boolean, say: Say): string {
  const marks = [
    scoreWords(checkpoint.score, say),
    isBest ? say('best') : '',
    checkpoint.pinned ? say('pinned') : '',
    bytes(checkpoint.bytes),
  ];
  return marks.filter((mark) => mark !== '').join(' · ');
}

export const checkpointLabel = (checkpoint: CheckpointOnDisk, say: Say): string =>
  say('step {0}', whole(checkpoint.step));

/** The one with the highest score; null where none has a score. */
export const bestOf = (checkpoints: readonly CheckpointOnDisk[]): CheckpointOnDisk | null =>
  checkpoints.reduce<CheckpointOnDisk | null>(
    (best, one) => (one.score !== null && (best?.score ?? -Infinity) < one.score ? one : best),
    null,
  );

export function checkpointItems(checkpoints: readonly CheckpointOnDisk[], say: Say): PickItem<CheckpointOnDisk>[] {
  const best = bestOf(checkpoints);
  return checkpoints.map((checkpoint) => ({
    label: `$(archive) ${checkpointLabel(checkpoint, say)}`,
    description: checkpointDescription(checkpoint, checkpoint === best, say),
    detail: new Date(checkpoint.time).toLocaleString(),
    value: checkpoint,
  }));
}

const folderWords = ({ root, path }: FoundConfig): string =>
  displayLine([basename(root), relative(root, dirname(path))].filter((part) => part !== '').join('/'));

function lastResult({ path }: FoundConfig, runs: readonly RunShown[], say: Say): string {
  const last = runs.find(({ summary }) => summary.configPath === path);
  return last === undefined ? '' : say('last: {0}', runDescription(last, say));
}

/** All that a run was measured at after a step. */
export interface MeasuredAt {
  readonly run: string;
  readonly step: number;
  readonly benchmarks: readonly string[];
}

/** One for each step at which a run was measured and kept its completions, newest first. */
export function evaluationItems(runs: readonly MeasuredRun[], say: Say): PickItem<MeasuredAt>[] {
  return runs.flatMap(({ run, name, recipe, evaluations, sampleFiles }) => {
    const steps = [...new Set(sampleFiles.map(({ step }) => step))].sort((a, b) => b - a);
    return steps.map((step) => {
      const measured = evaluations.filter((evaluation) => evaluation.step === step);
      const benchmarks = measured.map(({ benchmark }) => benchmark);
      const [headline] = measured.flatMap(({ scores }) => scores);
      return {
        label: `$(beaker) ${displayLine(recipe === null ? name : `${recipe} · ${name}`, 80)} · ${say('step {0}', whole(step))}`,
        description: headline === undefined ? '' : score(headline),
        detail: displayLine(benchmarks.join(', ')),
        value: { run, step, benchmarks },
      };
    });
  });
}

/** Those that can be set beside one: of a benchmark that it has too. */
export const comparableWith = (one: MeasuredAt, items: readonly PickItem<MeasuredAt>[]): PickItem<MeasuredAt>[] =>
  items.filter(
    ({ value: { run, step, benchmarks } }) =>
      (run !== one.run || step !== one.step) && benchmarks.some((benchmark) => one.benchmarks.includes(benchmark)),
  );
