/** Every differentiable piece at a small size; the tests run over this list. */
import { attention, causalMask } from '../../../src/engine/nn/attention.ts';
import { cappedAttention } from '../../../src/engine/nn/cappedAttention.ts';
import { crossEntropy } from '../../../src/engine/nn/crossEntropy.ts';
import { documentMask } from '../../../src/engine/nn/documentMask.ts';
import { embedding } from '../../../src/engine/nn/embedding.ts';
import { geGlu } from '../../../src/engine/nn/geGlu.ts';
import { linear } from '../../../src/engine/nn/linear.ts';
import { logSigmoid } from '../../../src/engine/nn/logSigmoid.ts';
import { preferenceLoss } from '../../../src/engine/nn/preferenceLoss.ts';
import { rmsNorm } from '../../../src/engine/nn/rmsNorm.ts';
import { llama3Scaling } from '../../../src/engine/nn/ropeScaling.ts';
import { rotary, rotaryTable } from '../../../src/engine/nn/rotary.ts';
import { slidingWindowMask } from '../../../src/engine/nn/slidingWindow.ts';
import { softCap } from '../../../src/engine/nn/softCap.ts';
import { swiGlu } from '../../../src/engine/nn/swiGlu.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import * as tf from '../../../src/engine/tf.ts';
import { tokens, type Piece } from '../support.ts';

const indices = (name: string, values: Int32Array, shape = [values.length]) => ({ [name]: { shape, values } });

const llama3 = llama3Scaling({ factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 16 });

/** Two queries at a time. */
const attentionInBlocks = (t: Parameters<Piece['run']>[0], mask: tf.Tensor, keyValueHeads = 2): tf.Tensor =>
  attention(tensor(t, 'q'), tensor(t, 'k'), tensor(t, 'v'), mask, { queryHeads: 4, keyValueHeads, headDim: 4 }, 2);

/** The losses of five pairs whose sequences have 1 to 10 tokens. */
const pairLosses = (t: Parameters<Piece['run']>[0], lossType: 'sigmoid' | 'ipo', labelSmoothing: number): tf.Tensor => {
  const lengths = tf.range(1, 11, 1, 'float32');
  const sequences = { logProbabilities: tensor(t, 'policy'), reference: tensor(t, 'reference'), lengths };
  return preferenceLoss(sequences, { lossType, beta: 0.4, labelSmoothing }).loss;
};
const pairs = { inputs: { policy: [10], reference: [10] }, output: [5] };

export const pieces: readonly Piece[] = [
  { name: 'log-sigmoid', inputs: { x: [9] }, output: [9], run: (t) => logSigmoid(tf.mul(tensor(t, 'x'), 8)) },
  { name: 'preference loss', ...pairs, run: (t) => pairLosses(t, 'sigmoid', 0) },
  { name: 'preference loss with smoothed labels', ...pairs, run: (t) => pairLosses(t, 'sigmoid', 0.2) },
  { name: 'preference loss of IPO', ...pairs, run: (t) => pairLosses(t, 'ipo', 0) },
  {
    name: 'linear',
    inputs: { x: [6, 5], weight: [7, 5] },
    output: [6, 7],
    run: (t) => linear(tensor(t, 'x'), tensor(t, 'weight')),
  },
  {
    name: 'linear with bias',
    inputs: { x: [6, 5], weight: [7, 5], bias: [7] },
    output: [6, 7],
    run: (t) => linear(tensor(t, 'x'), tensor(t, 'weight'), tensor(t, 'bias')),
  },
  {
    name: 'embedding',
    inputs: { table: [9, 4] },
    indices: indices('ids', tokens(12, 9)),
    output: [12, 4],
    run: (t) => embedding(tensor(t, 'table'), tensor(t, 'ids')),
  },
  {
    name: 'embedding of many tokens',
    inputs: { table: [1500, 3] },
    indices: indices('ids', tokens(20, 40)),
    output: [20, 3],
    run: (t) => embedding(tensor(t, 'table'), tensor(t, 'ids')),
  },
  {
    name: 'rmsNorm',
    inputs: { x: [5, 8], weight: [8] },
    output: [5, 8],
    run: (t) => rmsNorm(tensor(t, 'x'), tensor(t, 'weight'), 1e-5),
  },
  {
    name: 'rmsNorm of heads with an offset scale',
    inputs: { x: [5, 8], weight: [4] },
    output: [5, 8],
    run: (t) => {
      const heads = tf.reshape(tensor(t, 'x'), [10, 4]);
      return tf.reshape(rmsNorm(heads, tf.add(tensor(t, 'weight'), 1), 1e-6), [5, 8]);
    },
  },
  {
    name: 'rotary with the scaling of llama3',
    inputs: { x: [2, 3, 16] },
    indices: indices('positions', Int32Array.of(0, 1, 2, 5, 30, 31), [2, 3]),
    output: [2, 3, 16],
    run: (t) => rotary(tensor(t, 'x'), tensor(t, 'positions'), rotaryTable(32, 8, 100, llama3)),
  },
  {
    name: 'rotary',
    inputs: { x: [2, 3, 16] },
    indices: indices('positions', Int32Array.of(0, 1, 2, 5, 3, 9), [2, 3]),
    output: [2, 3, 16],
    run: (t) => rotary(tensor(t, 'x'), tensor(t, 'positions'), rotaryTable(10, 8, 10_000)),
  },
  ...[4, 2, 1].map((keyValueHeads): Piece => ({
    name: `attention with 4 query heads and ${keyValueHeads} key/value heads`,
    inputs: { q: [2, 6, 16], k: [2, 6, keyValueHeads * 4], v: [2, 6, keyValueHeads * 4] },
    output: [2, 6, 16],
    run: (t) =>
      attention(tensor(t, 'q'), tensor(t, 'k'), tensor(t, 'v'), causalMask(6), {
        queryHeads: 4,
        keyValueHeads,
        headDim: 4,
      }),
  })),
  {
    name: 'attention in blocks of queries, the last one shorter',
    inputs: { q: [2, 7, 16], k: [2, 7, 8], v: [2, 7, 8] },
    output: [2, 7, 16],
    run: (t) => attentionInBlocks(t, causalMask(7)),
  },
  {
    name: 'attention with a sliding window, in blocks of queries',
    inputs: { q: [2, 7, 16], k: [2, 7, 8], v: [2, 7, 8] },
    output: [2, 7, 16],
    run: (t) => attentionInBlocks(t, slidingWindowMask(7, 3)),
  },
  ...[4, 2].map((keyValueHeads): Piece => ({
    name: `attention within documents, in blocks of queries, 4 query heads and ${keyValueHeads} key/value heads`,
    inputs: { q: [2, 7, 16], k: [2, 7, keyValueHeads * 4], v: [2, 7, keyValueHeads * 4] },
    indices: indices('documents', Int32Array.of(0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 2), [2, 7]),
    output: [2, 7, 16],
    run: (t) => attentionInBlocks(t, documentMask(causalMask(7), tensor(t, 'documents')), keyValueHeads),
  })),
  {
    name: 'attention with capped scores',
    inputs: { q: [2, 6, 16], k: [2, 6, 8], v: [2, 6, 8] },
    output: [2, 6, 16],
    run: (t) =>
      cappedAttention(
        tensor(t, 'q'),
        tensor(t, 'k'),
        tensor(t, 'v'),
        causalMask(6),
        { queryHeads: 4, keyValueHeads: 2, headDim: 4 },
        0.5,
      ),
  },
  {
    name: 'softCap',
    inputs: { x: [4, 6] },
    output: [4, 6],
    run: (t) => softCap(tensor(t, 'x'), 0.7),
  },
  {
    name: 'geGlu',
    inputs: { gate: [5, 6], up: [5, 6] },
    output: [5, 6],
    run: (t) => geGlu(tensor(t, 'gate'), tensor(t, 'up')),
  },
  {
    name: 'swiGlu',
    inputs: { gate: [5, 6], up: [5, 6] },
    output: [5, 6],
    run: (t) => swiGlu(tensor(t, 'gate'), tensor(t, 'up')),
  },
  {
    name: 'crossEntropy',
    inputs: { logits: [6, 5] },
    indices: indices('labels', Int32Array.of(0, 4, -100, 2, 2, -100)),
    output: [],
    run: (t) => crossEntropy(tensor(t, 'logits'), tensor(t, 'labels')),
  },
];
