import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parseConfig.ts';

const findings = (config: object) =>
  parseConfig(JSON.stringify({ recipe: 'sft', ...config }), 'a').problems.map(
    ({ severity, key, message }) => `${severity} ${key}: ${message}`,
  );

test.each([
  [
    { model: { family: 'decoder', hiddenSize: 100, numAttentionHeads: 3, numKeyValueHeads: 1 } },
    'error model.numAttentionHeads: `hiddenSize` 100 does not divide into 3 heads',
  ],
  [
    { model: { family: 'decoder', hiddenSize: 20, numAttentionHeads: 4 } },
    'error model.hiddenSize: `hiddenSize` 20 does not divide into 4 heads of an even width',
  ],
  [{ model: { family: 'decoder', numKeyValueHeads: 3 } }, 'error model.numKeyValueHeads: 4 query heads cannot share 3'],
  [
    { model: { family: 'decoder', hiddenSize: 65536, intermediateSize: 200000 } },
    'error model: the model would have about',
  ],
  [
    { model: { family: 'decoder', maxPositionEmbeddings: 128 }, evaluation: { maxNewTokens: 64 } },
    'error sampling.maxNewTokens: no room is left for a prompt',
  ],
  [{ data: { problems: 100 }, training: { batchSize: 101 } }, 'error training.batchSize: one step takes 101 sequences'],
  [
    { data: { problems: 100 }, training: { batchSize: 60, gradientAccumulationSteps: 2 } },
    'error training.gradientAccumulationSteps: one step takes 120',
  ],
  [{ training: { epochs: 1, maxSteps: 1000 } }, 'warning training.epochs: `epochs` is ignored'],
  [{ training: { maxSteps: 100 } }, 'warning evaluation.everySteps: the run ends after step 100'],
  [
    { training: { maxSteps: 10 }, evaluation: { everySteps: 5 } },
    'warning sampling.everySteps: the run ends after step 10',
  ],
  [{ training: { warmupRatio: 1 } }, 'warning training.warmupRatio'],
  [{ data: { path: 'rows.jsonl' } }, 'error model: rows are read with the tokenizer of a model'],
  [
    { data: { path: 'rows.jsonl' }, model: { path: 'm' }, task: { name: 'arithmetic' } },
    'warning task: `task` has no effect on rows of a file',
  ],
  [
    { data: { path: 'rows.jsonl' }, model: { path: 'm' }, training: { completionOnlyLoss: true } },
    'warning training.completionOnlyLoss: `completionOnlyLoss` has no effect on rows',
  ],
  [
    { data: { path: 'rows.jsonl', problems: 5 }, model: { path: 'm' } },
    'error data.path: `path` does not go together with `problems`',
  ],
  [{ training: { lrSchedulerType: 'constant', minLearningRateRatio: 0.1 } }, 'warning training.minLearningRateRatio'],
  [
    { training: { maxSteps: 1_000_000 }, evaluation: { everySteps: 1 } },
    'error evaluation.everySteps: that makes 1000000 evaluations',
  ],
  [{ data: { problems: 1_000_000 }, training: { epochs: 1_000_000 } }, 'error training.epochs: that makes'],
  [
    { evaluation: { temperature: 0, samplesPerProblem: 4 } },
    'warning evaluation.samplesPerProblem: at temperature 0 all 4',
  ],
  [
    { training: { method: 'lora' } },
    'error training.method: adapters need a model that has learned something: this one is new',
  ],
  [{ training: { lora: { rank: 4 } } }, 'warning training.lora: `lora` has no effect: all weights are trained'],
  [{ device: 'gpu', executor: 'reference' }, 'error executor: the reference executor computes on the CPU'],
  [
    { executor: 'tensorflow', provider: 'webgpu' },
    'error provider: the provider webgpu belongs to the executor onnx, but `executor` is "tensorflow"',
  ],
  [{ device: 'cpu', provider: 'webgpu' }, 'error provider: the provider webgpu does not compute on the device "cpu"'],
  [{ task: { name: 'arithmetic', slipRate: 0.2 } }, 'warning task.slipRate: `slipRate` has no effect on short traces'],
  [{ checkpoints: { diskBudgetMB: 1 } }, 'warning checkpoints.diskBudgetMB: 3 checkpoints take about'],
  [
    { task: { name: 'arithmetic', level: 'paper' }, evaluation: { maxNewTokens: 200 } },
    'error model.maxPositionEmbeddings: examples of this task reach 287 tokens, but the model holds 256',
  ],
  [
    {
      task: { name: 'arithmetic', level: 'chain-5', trace: 'long' },
      model: { family: 'decoder', maxPositionEmbeddings: 210 },
      evaluation: { maxNewTokens: 190 },
    },
    'warning model.maxPositionEmbeddings: examples of this task reach 227 tokens',
  ],
  [
    { task: { name: 'arithmetic', level: 'addition-4', trace: 'long' } },
    'warning evaluation.maxNewTokens: answers are cut after 128 tokens and then count as wrong, but the written ones reach 153',
  ],
])('%j: %s', (config, finding) => {
  const [severity = ''] = finding.split(' ');
  const found = findings(config).filter((each) => each.startsWith(severity));
  expect(found).toEqual([expect.stringContaining(finding)]);
});

test('a module that is none is told with the right one', () => {
  const told = findings({
    model: { checkpoint: 'x' },
    training: { method: 'lora', lora: { targetModules: ['q_prj'] } },
  });
  expect(told).toEqual([expect.stringContaining('cannot be "q_prj"; did you mean "q_proj"?')]);
  expect(findings({ training: { lora_alpha: 4 } })).toEqual([
    expect.stringContaining('`alpha` belongs under `training.lora`'),
  ]);
});

test('an error does not start, a warning does', () => {
  expect(parseConfig('{"recipe": "sft", "training": {"maxSteps": 100}}', 'a').ok).toBe(true);
  expect(parseConfig('{"recipe": "sft", "device": "gpu", "executor": "reference"}', 'a').ok).toBe(false);
});

test('defaults are never blamed', () => {
  expect(findings({})).toEqual([]);
});
