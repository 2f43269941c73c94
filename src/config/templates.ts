/** Configs to start from, for “New Config…”: whole, commented and valid as they stand. */
import { translate, type Strings } from '../protocol/translate.ts';

export interface ConfigTemplate {
  readonly id: string;
  /** English; the key of its translation. */
  readonly title: string;
  readonly description: string;
  readonly fileName: string;
  readonly text: string;
}

const quickStart = `// A first run: a small decoder learns to add with written chains of thought.
// Hover over a key to read what it does; every key that is left out has a default.
{
  "recipe": "sft",
  "name": "addition",
  "seed": 1,
  "device": "auto",

  // A new model. Wider and deeper learns more and takes longer.
  "model": { "family": "decoder", "hiddenSize": 128, "numHiddenLayers": 4, "numAttentionHeads": 4 },

  // Sums of numbers of up to three digits, computed column by column.
  "task": { "name": "arithmetic", "level": "addition-3", "trace": "short" },
  "data": { "problems": 50000 },

  "training": { "maxSteps": 1500, "batchSize": 64, "learningRate": 0.001 },

  // Completions to look at while it learns.
  "sampling": { "everySteps": 50, "completions": 4 },

  // The score: held-out problems, with a 95 % interval.
  "evaluation": { "everySteps": 250, "problems": 400 },
}
`;

const longTraces = `// Long chains of thought: every step is checked in words, and some are first written wrong, noticed and redone.
// Compare the score and the completion length with the same config and "trace": "short".
{
  "recipe": "sft",
  "name": "long traces",
  "seed": 1,

  "model": {
    "family": "decoder",
    "hiddenSize": 128,
    "numHiddenLayers": 4,
    "numAttentionHeads": 4,
    // Long traces need room: prompt and completion together, in tokens.
    "maxPositionEmbeddings": 512,
  },

  "task": {
    "name": "arithmetic",
    "level": "chain-3",
    "trace": "long",
    "reflectionRate": 1, // share of the steps that are checked in words
    "slipRate": 0.1, // share of the steps that are first written wrong
  },
  "data": { "problems": 50000 },

  "training": { "maxSteps": 2000, "batchSize": 32, "learningRate": 0.001 },
  "sampling": { "everySteps": 100, "completions": 4, "maxNewTokens": 384 },
  "evaluation": { "everySteps": 500, "problems": 400, "maxNewTokens": 384 },
}
`;

const paperExpressions = `// The synthetic arithmetic of the paper: 5 to 15 operations (+ - * /) on numbers from 1 to 100, whole intermediate results.
// Hard for a small model: expect a long run and watch the share of wrong steps.
{
  "recipe": "sft",
  "name": "paper expressions",
  "seed": 1,

  "model": {
    "family": "decoder",
    "hiddenSize": 192,
    "numHiddenLayers": 6,
    "numAttentionHeads": 6,
    "numKeyValueHeads": 6,
    "intermediateSize": 512,
    "maxPositionEmbeddings": 1024,
  },

  "task": { "name": "arithmetic", "level": "paper", "trace": "short" },
  "data": { "problems": 200000 },

  "training": { "epochs": 1, "batchSize": 16, "gradientAccumulationSteps": 4, "learningRate": 0.0006 },
  "sampling": { "everySteps": 100, "completions": 2, "maxNewTokens": 768 },
  "evaluation": { "everySteps": 500, "problems": 400, "batchSize": 32, "maxNewTokens": 768 },
  "checkpoints": { "everySteps": 250, "keepLast": 2, "keepBest": 1 },
}
`;

const evaluateCheckpoint = `// Measures a checkpoint on held-out problems. Use the same seed for all checkpoints that you compare.
{
  "recipe": "evaluate",
  "name": "evaluation",

  // Folder of a checkpoint, or of a run (its newest good checkpoint), relative to this file.
  "model": { "checkpoint": ".valley/runs/RUN" },

  "task": { "name": "arithmetic", "level": "addition-3" },
  "evaluation": {
    "problems": 1000,
    "samplesPerProblem": 4,
    "temperature": 0.6,
    "seed": 1234,
  },
}
`;

const ownRows = `// A model of yours learns rows of a file, as its own chat template writes them.
// Bring both: the folder of a model (config.json, tokenizer.json, safetensors) and a file of chats, problems with traces, or what \`prepare\` wrote.
{
  "recipe": "sft",
  "name": "own rows",
  "seed": 1,

  // A family that is known: llama, qwen2, qwen3, gemma3_text. Relative to this file, as all paths.
  "model": { "path": "MODEL" },
  "data": {
    "path": "ROWS.jsonl",
    "lossOn": "completion",
    "maxLength": 2048,
    "onLongExample": "drop", // an answer that is cut off would teach never to answer
  },

  "training": {
    "epochs": 3,
    "batchSize": 16,
    "microBatchSize": 1, // the same result in less memory
    "activationRecompute": true,
    "learningRate": 0.00002,
  },

  // A tenth of the problems at most is held out: their loss is measured, and their answers where the rows have an \`answer\`.
  "sampling": { "everySteps": 50, "completions": 2, "maxNewTokens": 1024 },
  "evaluation": { "everySteps": 100, "problems": 50, "batchSize": 8, "maxNewTokens": 1024 },
  "checkpoints": { "everySteps": 100, "keepLast": 2, "keepBest": 1, "diskBudgetMB": 40000 },
}
`;

const rewardLearning = `// Reinforcement learning with a verifiable reward: groups of completions are graded, and the model learns from how they differ.
// It profits only from a model that is right now and then: fine-tune one first.
{
  "recipe": "grpo",
  "name": "learning by reward",
  "seed": 1,

  // The newest run of this config that has a checkpoint. The folder of a run or of a checkpoint can stand here too.
  "model": { "checkpoint": "addition.valley.jsonc" },
  "task": { "name": "arithmetic", "level": "addition-3", "trace": "short" },

  "rollout": { "prompts": 64, "numGenerations": 8, "temperature": 1, "maxNewTokens": 64, "batchSize": 256 },
  "rewards": { "correct": 1 }, // format, cosine, overlong and repetition have weights too
  "policy": { "lossType": "grpo", "beta": 0 }, // beta holds it near the model it began as; the paper has 0.0001

  "training": { "maxSteps": 200, "batchSize": 512, "learningRate": 0.0003 },
  "evaluation": { "everySteps": 50, "problems": 400, "maxNewTokens": 64 },
}
`;

const problemsByReward = `// Reinforcement learning on problems of your own, with the numbers of the paper (section 4): 1 for the right answer, 0 for any other.
// Bring both: a run that has fine-tuned a model, or its folder, and a file of problems with their answers.
{
  "recipe": "grpo",
  "name": "problems by reward",
  "seed": 1,

  // The newest run of this config that has a checkpoint; a folder is named by "path" instead.
  "model": { "checkpoint": "own-rows.valley.jsonc" },
  "data": {
    "path": "PROBLEMS.jsonl", // a problem and its answer in each row, or what \`prepare\` wrote
    // Paid is an answer in one box, so the model is asked for it.
    "instruction": "Please reason step by step, and put your final answer within \\\\boxed{}.",
    "maxPromptLength": 1024,
  },

  "rollout": { "prompts": 1024, "numGenerations": 8, "temperature": 1, "maxNewTokens": 8192, "batchSize": 64 },
  "rewards": { "correct": 1 },
  "policy": { "lossType": "grpo", "epsilon": 0.2, "beta": 0.0001 },

  "training": {
    "epochs": 20,
    "batchSize": 2048, // mini-batches of 256 problems with 8 completions each: four steps for a rollout
    "microBatchSize": 1,
    "activationRecompute": true,
    "learningRate": 0.0000005,
    "warmupRatio": 0,
  },
  "evaluation": { "everySteps": 20, "problems": 100, "maxNewTokens": 8192, "batchSize": 64 },
  "checkpoints": { "everySteps": 20, "keepLast": 2, "keepBest": 1, "diskBudgetMB": 40000 },
}
`;

const preferences = `// A model learns from preferences (DPO): of two completions of a prompt the better one becomes likelier than the worse one.
// Each row has a \`prompt\`, a \`chosen\` and a \`rejected\` completion: texts, or lists of {role, content}.
{
  "recipe": "dpo",
  "name": "preferences",
  "seed": 1,

  // What the model begins as is also what it is held to: fine-tune one first.
  "model": { "path": "MODEL" },
  "data": { "path": "PAIRS.jsonl", "maxLength": 2048 },

  "preference": { "beta": 0.1 }, // the larger, the closer it stays to where it began

  "training": {
    "method": "lora", // adapters need no second copy of the model
    "epochs": 1,
    "batchSize": 16, // pairs
    "microBatchSize": 1, // the same result in less memory
    "activationRecompute": true,
    "learningRate": 0.00001,
  },

  // Held-out pairs: how often the chosen completion is the likelier one, measured from the beginning.
  "sampling": { "everySteps": 50, "completions": 2, "maxNewTokens": 1024 },
  "evaluation": { "everySteps": 100, "problems": 100, "batchSize": 8, "maxNewTokens": 1024 },
  "checkpoints": { "everySteps": 100, "keepLast": 2, "keepBest": 1, "diskBudgetMB": 40000 },
}
`;

export const configTemplates: readonly ConfigTemplate[] = [
  {
    id: 'addition',
    title: 'Addition: a quick start',
    description: 'A small model learns three-digit addition in a few minutes.',
    fileName: 'addition.valley.jsonc',
    text: quickStart,
  },
  {
    id: 'longTraces',
    title: 'Long chains of thought',
    description: 'Traces that check, reflect and correct themselves.',
    fileName: 'long-traces.valley.jsonc',
    text: longTraces,
  },
  {
    id: 'paperExpressions',
    title: 'Expressions of the paper',
    description: 'Five to fifteen operations with parentheses, as in the paper.',
    fileName: 'paper-expressions.valley.jsonc',
    text: paperExpressions,
  },
  {
    id: 'rewardLearning',
    title: 'Learning by reward',
    description: 'Reinforcement learning (GRPO) from the newest run of a config.',
    fileName: 'learning-by-reward.valley.jsonc',
    text: rewardLearning,
  },
  {
    id: 'problemsByReward',
    title: 'Learning by reward, as in the paper',
    description: 'Reinforcement learning (GRPO) on a file of problems, with the numbers of the paper.',
    fileName: 'problems-by-reward.valley.jsonc',
    text: problemsByReward,
  },
  {
    id: 'ownRows',
    title: 'Rows of your own',
    description: 'A model folder learns chats or problems with traces from a file.',
    fileName: 'own-rows.valley.jsonc',
    text: ownRows,
  },
  {
    id: 'preferences',
    title: 'Learning from preferences',
    description: 'A model folder learns from pairs of a better and a worse completion (DPO).',
    fileName: 'preferences.valley.jsonc',
    text: preferences,
  },
  {
    id: 'evaluate',
    title: 'Evaluate a checkpoint',
    description: 'A score with its interval on held-out problems.',
    fileName: 'evaluation.valley.jsonc',
    text: evaluateCheckpoint,
  },
];

/** The config with its comments in the language of `strings`. */
export const templateText = ({ text }: ConfigTemplate, strings: Strings): string =>
  text.replaceAll(/\/\/ (.*)$/gm, (_, comment: string) => `// ${translate(strings, comment)}`);
