/** What tells a valley from a false one: looked up in the very examples and problems that the ladder taught and measured. */
import { composeBase, composeSft } from '../../config/composeLadder.ts';
import type { LadderConfig } from '../../config/schema.ts';
import type { Ladder } from '../../protocol/ladder.ts';
import type { ValleyFacts } from '../analysis/fakeValleys/check.ts';
import { problemSet, type ProblemSet } from '../recipes/problemSet.ts';
import { taskExample } from '../recipes/taskExample.ts';
import { taskOf } from '../tasks/index.ts';
import type { Task } from '../tasks/task.ts';
import { characterTokenizer } from '../tokenizer/characterTokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { plainPrompt } from '../chat/plainExample.ts';

/** Examples that are looked at. */
const LOOKED = 1000;

export function ladderFacts(config: LadderConfig, ladder: Ladder): ValleyFacts {
  const trained = composeSft(config, { stage: 'sft', size: config.sizes.at(-1) ?? 0, seed: config.seeds[0] ?? 0 });
  const task = taskOf(trained.task);
  const taught = problemSet(task, 'train', trained.seed, config.sizes.at(-1) ?? 0);
  const { problems, seed, maxNewTokens } = config.evaluation;
  const measured = problemSet(task, 'heldOut', seed, problems);
  const longestTaught = longestOf(ladder);
  return {
    ...textFacts(config, { task, taught, measured, seed: trained.seed }),
    lengths: longestTaught === 0 ? null : { maxNewTokens, longestTaught },
    // Every example has a row of its own: a ladder teaches tasks, and those are never packed.
    packing: { isPacked: false, isSeparated: true },
    overlap: overlapOf(taught, measured),
  };
}

interface Material {
  readonly task: Task;
  readonly taught: ProblemSet;
  readonly measured: ProblemSet;
  readonly seed: number;
}

type TextFacts = Pick<ValleyFacts, 'ends' | 'padding' | 'answers' | 'templates'>;

/** Of a model that is made in the run: the tokenizer of a given one is not at hand. */
function textFacts(config: LadderConfig, material: Material): TextFacts {
  const { base } = config;
  if (!('model' in base)) return { ends: null, padding: null, answers: null, templates: null };
  const tokenizer = characterTokenizer(taskOf(composeBase(config).task).vocabulary);
  const limit = base.model.maxPositionEmbeddings;
  const { padToken, endToken } = tokenizer;
  return {
    ...lookedAt(tokenizer, material, limit),
    // What is padding is told by its place, never by its token.
    padding: { isEndToken: padToken === endToken, isToldByToken: false },
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

function overlapOf(taught: ProblemSet, measured: ProblemSet): NonNullable<ValleyFacts['overlap']> {
  const held = new Set(Array.from({ length: measured.size }, (_, place) => measured.at(place).prompt));
  let shared = 0;
  for (let place = 0; place < taught.size; place++) if (held.has(taught.at(place).prompt)) shared++;
  return { examples: taught.size, shared };
}

/** Of the completions that were taught on long traces, in tokens; 0 where none was. */
const longestOf = ({ cells }: Ladder): number =>
  cells.reduce(
    (most, { key, result }) => (key.stage === 'sft' ? Math.max(most, result?.teaching?.longestTokens ?? 0) : most),
    0,
  );
