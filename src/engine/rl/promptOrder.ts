/** Which problem stands where in the rollouts of a run: a function of its place, so that a continued run asks what an uninterrupted one would. */
import type { CurriculumConfig } from '../../config/grpoSchema.ts';
import { permutation } from '../random/permutation.ts';
import { randomSource } from '../random/randomSource.ts';

export interface PromptOrderOptions {
  /** Of each problem its level, from 0, the easiest. */
  readonly ranks: ArrayLike<number>;
  readonly order: CurriculumConfig['order'];
  /** By level, for `weighted`; those of levels without problems do not count. */
  readonly weights: readonly number[];
  readonly seed: number;
  /** Problems that are asked together, a block. */
  readonly prompts: number;
  /** Blocks that the whole run may ask for. */
  readonly blocks: number;
}

/** The number of the problem at a place in a block, both from 0. Within a block no problem comes twice as far as there are enough. */
export type PromptOrder = (block: number, place: number) => number;

export function promptOrder(options: PromptOrderOptions): PromptOrder {
  switch (options.order) {
    case 'shuffled':
      return shuffled(options);
    case 'easyFirst':
      return easyFirst(options);
    case 'weighted':
      return weighted(options);
    default:
      return options.order satisfies never;
  }
}

function shuffled({ ranks: { length: size }, seed, prompts }: PromptOrderOptions): PromptOrder {
  return (block, place) => {
    const at = block * prompts + place;
    return permutation(size, seed, 'prompts', Math.floor(at / size))(at % size);
  };
}

/** All passes over the problems are of one length, and each goes through all levels once. */
function easyFirst(options: PromptOrderOptions): PromptOrder {
  const { ranks, seed, prompts, blocks } = options;
  const { length: size } = ranks;
  const levels = byLevel(ranks);
  const passLength = Math.ceil((blocks * prompts) / Math.ceil((blocks * prompts) / size));
  return (block, place) => {
    const at = block * prompts + place;
    const [pass, within] = [Math.floor(at / passLength), at % passLength];
    let left = Math.floor((within * size) / passLength);
    for (const [rank, problems] of levels.entries()) {
      if (left < problems.length) return problems[orderIn(problems, seed, rank, pass)(left)] ?? 0;
      left -= problems.length;
    }
    throw new Error(`There is no problem at place ${at} of ${size}.`);
  };
}

/** Evenly spaced points on the line of weights, moved by chance: each level comes as often as its weight says, give or take one. */
function weighted(options: PromptOrderOptions): PromptOrder {
  const { ranks, weights, seed, prompts } = options;
  const levels = byLevel(ranks);
  const bounds = boundsOf(levels.map((problems, rank) => (problems.length === 0 ? 0 : (weights[rank] ?? 0))));
  const levelAt = (block: number, place: number): number => {
    const point = (place + randomSource(seed, 'levels', block).uniform(0)) / prompts;
    return Math.max(
      0,
      bounds.findIndex((bound) => point < bound),
    );
  };
  return (block, place) => {
    const rank = levelAt(block, place);
    // Points ascend, so those of a level stand side by side.
    let first = place;
    while (first > 0 && levelAt(block, first - 1) === rank) first--;
    const problems = levels[rank] ?? [];
    return problems[orderIn(problems, seed, rank, block)((place - first) % problems.length)] ?? 0;
  };
}

const orderIn = (problems: readonly number[], seed: number, rank: number, step: number): ((at: number) => number) =>
  permutation(problems.length, seed, `prompts/level${rank}`, step);

/** Numbers of the problems of each level. */
function byLevel(ranks: ArrayLike<number>): readonly (readonly number[])[] {
  const levels: number[][] = [];
  for (let problem = 0; problem < ranks.length; problem++) {
    const rank = ranks[problem] ?? 0;
    while (levels.length <= rank) levels.push([]);
    levels[rank]?.push(problem);
  }
  return levels;
}

/** Sums of the weights up to each level, as shares of all. */
function boundsOf(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => (sum += weight) / total);
}
