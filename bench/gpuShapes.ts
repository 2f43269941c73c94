/** What is measured on a GPU: the works of the CPU, done several times a round, and the widths of Qwen2.5-0.5B. */
import { gemm, works, type ModelShape, type Work } from './shapes.ts';

/** Qwen2.5-0.5B without the biases of q, k and v: 494 million parameters. */
const qwen: ModelShape = {
  name: 'Qwen2.5-0.5B',
  hiddenSize: 896,
  layers: 24,
  heads: 14,
  keyValueHeads: 2,
  intermediateSize: 4864,
  vocabSize: 151_936,
};

/** A step takes a GPU milliseconds: what starts and ends a round is not to be measured. */
const repeated = (work: Work): Work => ({ ...work, repeats: work.kind === 'step' ? 8 : 1 });

export const gpuWorks: readonly Work[] = [
  ...works.map(repeated),
  {
    name: 'step-124M-B8',
    kind: 'step',
    model: modelOf('step-124M'),
    length: 512,
    batch: 8,
    repeats: 4,
    typicalSeconds: 60,
  },
  { name: 'step-Qwen2.5-0.5B', kind: 'step', model: qwen, length: 1024, batch: 1, repeats: 4, typicalSeconds: 120 },
  { name: 'step-Qwen2.5-0.5B-B4', kind: 'step', model: qwen, length: 1024, batch: 4, repeats: 2, typicalSeconds: 120 },
  { name: 'generation-Qwen2.5-0.5B-16', kind: 'generation', model: qwen, length: 256, batch: 16, typicalSeconds: 120 },
];

/** Products of two 4096 x 4096 matrices: large enough for a GPU to reach its limit. */
export const gpuGemm: Work = { ...gemm, name: 'gemm-4096', length: 4096, batch: 16, repeats: 4 };

function modelOf(name: string): ModelShape {
  const work = works.find((candidate) => candidate.name === name);
  if (!work) throw new Error(`bench/shapes.ts has no work ${name}.`);
  return work.model;
}
