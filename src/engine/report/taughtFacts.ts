/** What the record of a ladder does not tell, looked up in the very examples and problems that it taught and measured. */
import { composeBase, composeSft, composeTraining } from '../../config/composeLadder.ts';
import { ladderTrainings } from '../../config/planLadder.ts';
import type { LadderConfig } from '../../config/schema.ts';
import type { LadderStage } from '../../protocol/ladder.ts';
import type { OutsideFacts } from '../analysis/verdict/ladderFacts.ts';
import { problemSet, type ProblemSet } from '../recipes/problemSet.ts';
import { taskExample, taskText } from '../recipes/taskExample.ts';
import { taskOf } from '../tasks/index.ts';
import type { Task } from '../tasks/task.ts';
import { characterTokenizer } from '../tokenizer/characterTokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { plainPrompt } from '../chat/plainExample.ts';

/** Examples that are looked at. */
const LOOKED = 1000;

export function taughtFacts(config: LadderConfig): OutsideFacts {
  const trained = composeSft(config, { stage: 'sft', size: config.sizes.at(-1) ?? 0, seed: config.seeds[0] ?? 0 });
  const task = taskOf(trained.task);
  const taught = problemSet(task, 'train', trained.seed, config.sizes.at(-1) ?? 0);
  const { problems, seed } = config.evaluation;
  const measured = problemSet(task, 'heldOut', seed, problems);
  return {
    ...textFacts(config, { task, taught, measured, seed: trained.seed }),
    // Every example has a row of its own: a ladder teaches tasks, and those are never packed.
    packing: { isPacked: false, isSeparated: true },
    overlap: overlapOf(config, measured),
  };
}

interface Material {
  readonly task: Task;
  readonly taught: ProblemSet;
  readonly measured: ProblemSet;
  readonly seed: number;
}

type TextFacts = Pick<OutsideFacts, 'ends' | 'answers' | 'templates'>;

/** Of a model that is made in the run: the tokenizer of a given one is not at hand. */
function textFacts(config: LadderConfig, material: Material): TextFacts {
  const { base } = config;
  if (!('model' in base)) return { ends: null, answers: null, templates: null };
  const tokenizer = characterTokenizer(taskOf(composeBase(config).task).vocabulary);
  return {
    ...lookedAt(tokenizer, material, base.model.maxPositionEmbeddings),
    templates: templatesOf(tokenizer, material),
  };
}

function lookedAt(
  tokenizer: Tokenizer,
  { task, taught, seed }: Material,
  limit: number,
): Pick<TextFacts, 'ends' | 'answers'> {
  const examples = Math.min(LOOKED, taught.size);
  let [unlearned, lost] = [0, 0];
  for (let place = 0; place < examples; place++) {
    const options = { task, tokenizer, problems: taught, seed, completionOnlyLoss: true };
    const { tokens, lossMask } = taskExample(options, place);
    if (lossMask.at(-1) !== 1 || !tokenizer.endTokens.includes(tokens.at(-1) ?? -1)) unlearned++;
    if (tokens.length - 1 > limit) lost++;
  }
  return { ends: { examples, unlearned }, answers: { examples, lost } };
}

/** The tokens before an answer, as an example has them and as the model is asked. */
function templatesOf(tokenizer: Tokenizer, { task, taught, seed }: Material): TextFacts['templates'] {
  if (taught.size === 0) return null;
  const { prompt } = taught.at(0);
  const example = taskExample({ task, tokenizer, problems: taught, seed, completionOnlyLoss: true }, 0);
  const known = example.tokens.slice(0, example.promptLength);
  return { taught: known.join(' '), measured: plainPrompt(tokenizer, prompt).join(' ') };
}

/** All that any model of the ladder learned from, and what the models of the largest rung read besides. */
function overlapOf(config: LadderConfig, measured: ProblemSet): NonNullable<OutsideFacts['overlap']> {
  const held = new Set(promptsOf(measured));
  const material = taughtMaterial(config);
  const asked = material.flatMap(({ problems }) => promptsOf(problems));
  const largest = Math.max(...config.sizes);
  const rungs = material.filter(({ stage, size }) => stage === 'sft' && size === largest);
  return {
    examples: asked.length,
    shared: asked.filter((prompt) => held.has(prompt)).length,
    problems: measured.size,
    contained: Math.max(...rungs.map((rung) => containedIn(rung, held))),
  };
}

const promptsOf = (problems: ProblemSet): string[] =>
  Array.from({ length: problems.size }, (_, place) => problems.at(place).prompt);

interface Taught {
  readonly stage: LadderStage;
  readonly size: number;
  readonly task: Task;
  readonly problems: ProblemSet;
  readonly seed: number;
}

/** Of what is drawn by one seed the largest: the others are its beginnings. The control has the problems of its rung, and is left out. */
function taughtMaterial(config: LadderConfig): readonly Taught[] {
  const material = new Map<number, Taught>();
  for (const training of ladderTrainings(config)) {
    const own = composeTraining(config, training);
    if (training.stage === 'short' || own.recipe === 'evaluate' || !('problems' in own.data)) continue;
    const { seed, data } = own;
    if (data.problems <= (material.get(seed)?.problems.size ?? 0)) continue;
    const task = taskOf(own.task);
    const problems = problemSet(task, 'train', seed, data.problems);
    material.set(seed, { ...training, ...{ task, seed, problems } });
  }
  return [...material.values()];
}

/** Measured problems that stand, without their question mark, inside what an example writes. */
function containedIn({ task, problems, seed }: Taught, held: ReadonlySet<string>): number {
  const open = new Set([...held].map((prompt) => prompt.replace(/\?$/, '')));
  const lengths = [...new Set([...open].map(({ length }) => length))];
  const all = open.size;
  for (let place = 0; place < problems.size && open.size > 0; place++) {
    const { completion } = taskText({ task, problems, seed }, place);
    for (const { index: at } of completion.matchAll(/(?<!\d)\S/g))
      for (const length of lengths)
        if (!isDigit(completion[at + length])) open.delete(completion.slice(at, at + length));
  }
  return all - open.size;
}

const isDigit = (character = ''): boolean => /^\d$/.test(character);
