/** A ladder in lines of text: every cell that is done, from the untouched model up, each rung beside its control. */
import { displayLine } from '../protocol/displayText.ts';
import type { CellResult, Ladder, LadderStage } from '../protocol/ladder.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { padEnd, padStart } from './cells.ts';
import { interval, number, percent } from './format.ts';
import { aligned } from './render.ts';

/** Empty where nothing is done. */
export function ladderTable({ cells }: Ladder, strings: Strings): string[] {
  const done = cells.flatMap(({ result }) => result ?? []).toSorted(upwards);
  if (done.length === 0) return [];
  const heads = [
    translate(strings, 'trained on'),
    translate(strings, 'examples'),
    translate(strings, 'seed'),
    translate(strings, 'step'),
    translate(strings, 'accuracy'),
    translate(strings, '95 % interval'),
    translate(strings, 'tokens'),
    translate(strings, 'cut'),
  ];
  const numbers = heads.slice(1).map(() => padStart);
  return aligned([heads, ...done.map((result) => rowOf(result, strings))], [padEnd, ...numbers]);
}

/** `sft 512, seed 1: accuracy 66.4 % (62.2–70.4 %), 119 tokens`. */
export function cellLine(result: CellResult, strings: Strings): string {
  const { key } = result;
  const { accuracy, length } = scoresOf(result);
  const name = `${stageText(key.stage, strings)} ${number(key.size)}`;
  const value = accuracy ? `${percent(accuracy.value)} (${interval(accuracy)})` : '?';
  const tokens = length ? number(Math.round(length.value)) : '?';
  return translate(
    strings,
    '{0}, seed {1}, step {2}: {3}, {4} tokens',
    name,
    key.seed,
    number(key.step),
    value,
    tokens,
  );
}

export function stageText(stage: LadderStage, strings: Strings): string {
  switch (stage) {
    case 'base':
      return translate(strings, 'untouched');
    case 'sft':
      return translate(strings, 'long traces');
    case 'short':
      return translate(strings, 'short traces');
    case 'grpo':
      return translate(strings, 'GRPO from');
    default:
      return stage satisfies never;
  }
}

const STAGES: readonly LadderStage[] = ['base', 'sft', 'short', 'grpo'];

/** Reinforcement learning at the end; else by size, and within it by style and seed. */
function upwards({ key: a }: CellResult, { key: b }: CellResult): number {
  const late = Number(a.stage === 'grpo') - Number(b.stage === 'grpo');
  return (
    late || a.size - b.size || STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || a.seed - b.seed || a.step - b.step
  );
}

const scoresOf = ({ scores }: CellResult) => ({
  accuracy: scores.find(({ name }) => name === 'accuracy'),
  length: scores.find(({ name }) => name === 'completions/mean_length'),
  cut: scores.find(({ name }) => name === 'completions/clipped_ratio'),
});

function rowOf(result: CellResult, strings: Strings): string[] {
  const { stage, size, seed, step } = result.key;
  const { accuracy, length, cut } = scoresOf(result);
  return [
    displayLine(stageText(stage, strings), 40),
    number(size),
    String(seed),
    number(step),
    accuracy ? percent(accuracy.value) : '',
    accuracy ? interval(accuracy) : '',
    length ? number(Math.round(length.value)) : '',
    cut ? percent(cut.value) : '',
  ];
}
