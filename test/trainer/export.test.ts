/** The whole way: a model is trained, exported as a folder, trained on from that folder by adapters, and exported again. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModel, readCheckpoint, newestGoodCheckpoint } from '../../src/data/checkpointFolder.ts';
import { openModelFolder, readModelFolder } from '../../src/data/modelFolder.ts';
import { realFiles } from '../../src/data/files.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import { logitsProgram } from '../../src/engine/programs/logits.ts';
import { allocateWeights } from '../../src/engine/programs/state.ts';
import type { ExportReport } from '../../src/protocol/exportReport.ts';
import type { SavedModel } from '../../src/protocol/savedState.ts';
import { exportCheckpoint, type ExportRequest } from '../../src/runs/exportTool.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';
import { expectClose, runOnce, tokens } from '../engine/support.ts';
import { readGguf } from './export/ggufReader.ts';
import { Runs, stateOf } from '../support/runs.ts';

const base = {
  recipe: 'sft',
  seed: 3,
  device: 'cpu',
  executor: 'onnx',
  threads: 1,
  task: { name: 'arithmetic', level: 'addition-2' },
  data: { problems: 200 },
  training: { maxSteps: 6, batchSize: 4 },
  sampling: { everySteps: 50, completions: 1, maxNewTokens: 8 },
  evaluation: { everySteps: 50, atStart: false, problems: 4, maxNewTokens: 8, batchSize: 4 },
};
const model = {
  family: 'decoder',
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  intermediateSize: 32,
  maxPositionEmbeddings: 64,
};

let runs: Runs;
beforeAll(async () => {
  runs = await Runs.open();
});
afterAll(() => {
  const kept = process.env['VALLEY_EXPORTS'];
  if (kept !== undefined)
    for (const name of ['models/first', 'merged', 'adapter'])
      cpSync(join(runs.folder, name), join(kept, 'lora', basename(name)), { recursive: true });
  runs.close();
});

const trained = async (config: object, name: string): Promise<string> => {
  const run = await runs.start({ config: runs.config(config, name) });
  expect(await run.exited, JSON.stringify(stateOf(run.runFolder).error)).toBe(0);
  return run.runFolder;
};

const exported = (source: string, out: string, more: Partial<ExportRequest> = {}): Promise<ExportReport> =>
  exportCheckpoint({ runtime: ownRuntime(), trainer: runs.programs.trainer }, { checkpoint: source, out, ...more });

const read = (folder: string): SavedModel => readModelFolder(folder, (config) => modelOf(config).parameters);
const checkpointOf = (runFolder: string): string => newestGoodCheckpoint(runFolder).found?.folder ?? '';

const logitsOf = async ({ config, weights }: SavedModel): Promise<Float32Array> => {
  const executor = await createOnnxExecutor({ threads: 1 });
  const own = modelOf(config);
  await allocateWeights(executor, own, weights);
  const { logits } = await runOnce(executor, logitsProgram(own, 2, 9), { input_ids: tokens(18, own.vocabSize) });
  await executor.dispose();
  return logits ?? new Float32Array();
};

test('from scratch to a folder, from the folder to adapters, and both out again', { timeout: 240_000 }, async () => {
  const first = await trained({ ...base, name: 'first | run', model }, 'first.valley.jsonc');
  const folder = join(runs.folder, 'models', 'first');
  realFiles.makeFolder(join(runs.folder, 'models'));
  expect(await exported(first, folder, { shardMegabytes: 0.005 })).toMatchObject({
    type: 'exported',
    folder,
    step: 6,
  });
  const saved = readModel(checkpointOf(first));
  const out = read(folder);
  expect(out.config).toMatchObject({
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    dtype: 'float32',
    eos_token_id: 1,
  });
  expect(out.weights).toEqual(saved.weights);
  expect(out.tokenizer).toEqual(saved.tokenizer);
  expect(openModelFolder(folder).generationConfig).toEqual({ eos_token_id: 1, pad_token_id: 0 });
  expectClose(await logitsOf(out), await logitsOf(saved), 1e-6);
  const card = readFileSync(join(folder, 'README.md'), 'utf8');
  const [score] = stateOf(first).evaluations.at(-1)?.scores ?? [];
  expect(card).toContain(String.raw`# first \| run`);
  expect(card).toContain('| base | none: random weights |');
  expect(card).toMatch(
    new RegExp(`\\| 6 \\| .*\\| \`${score?.name}\` \\| ${((score?.value ?? 0) * 100).toFixed(1)} %`),
  );
  expect(card).toMatch(/SHA-256 of task, data and seed `[0-9a-f]{64}`/);
  expect(card).toContain('"maxSteps": 6');
  const gguf = join(runs.folder, 'gguf');
  expect(await exported(first, gguf, { form: 'gguf', gguf: 'q8_0' })).toMatchObject({
    type: 'exported',
    files: [{ name: 'model-q8_0.gguf' }, { name: 'README.md' }],
  });
  const { metadata, tensors } = readGguf(readFileSync(join(gguf, 'model-q8_0.gguf')));
  expect(metadata.get('general.name')).toBe('first | run');
  expect(metadata.get('tokenizer.ggml.tokens')).toHaveLength(modelOf(saved.config).vocabSize);
  expect(tensors.size).toBe(Object.keys(saved.weights).length);
  expect(await exported(first, folder)).toMatchObject({ type: 'refused', error: { code: 'badConfig' } });
  expect(await exported(first, join(runs.folder, 'a'), { form: 'adapter' })).toMatchObject({ type: 'refused' });

  const lora = {
    ...base,
    model: { path: 'models/first' },
    training: { ...base.training, method: 'lora', learningRate: 0.02 },
  };
  const second = await trained(lora, 'second.valley.jsonc');
  // The folder is no more what was trained: the checkpoint's own files count.
  const carried = readFileSync(join(folder, 'tokenizer_config.json'));
  writeFileSync(join(folder, 'tokenizer_config.json'), '{"model_max_length":3}');
  const [merged, adapter] = [join(runs.folder, 'merged'), join(runs.folder, 'adapter')];
  expect(await exported(second, merged, { dtype: 'bfloat16' })).toMatchObject({ type: 'exported' });
  expect(await exported(second, adapter, { form: 'adapter' })).toMatchObject({ type: 'exported' });
  const checkpoint = readCheckpoint(checkpointOf(second));
  const two = read(merged);
  expectClose(await logitsOf(two), await logitsOf(checkpoint), 0.02);
  expect(() =>
    expectClose(
      two.weights['model.layers.0.mlp.up_proj.weight']?.values ?? [],
      out.weights['model.layers.0.mlp.up_proj.weight']?.values ?? [],
      0.02,
    ),
  ).toThrow();
  expect(two.config).toMatchObject({ model_type: 'llama', dtype: 'bfloat16' });
  expect(readFileSync(join(merged, 'tokenizer_config.json'))).toEqual(carried);
  expect(readFileSync(join(merged, 'generation_config.json'))).toEqual(
    readFileSync(join(folder, 'generation_config.json')),
  );
  expect(readFileSync(join(merged, 'README.md'), 'utf8')).toContain('| base | `models/first` |');
  expect(JSON.parse(readFileSync(join(adapter, 'adapter_config.json'), 'utf8'))).toMatchObject({
    peft_type: 'LORA',
    base_model_name_or_path: folder,
    r: 8,
  });
  expect(readSafetensors(realFiles, join(adapter, 'adapter_model.safetensors'))).toEqual(checkpoint.adapter?.weights);

  const missing = await exported(join(runs.folder, 'nothing'), join(runs.folder, 'b'));
  expect(missing).toMatchObject({ type: 'refused', error: { code: 'badCheckpoint' } });
});
