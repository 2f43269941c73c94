import { expect, test } from 'vitest';
import type { Score } from '../../../src/protocol/events.ts';
import { modelCard } from '../../../src/trainer/export/modelCard.ts';

test('scores are told as precisely as their unit asks', () => {
  const score = (name: string, value: number, unit: Score['unit']): Score => ({
    ...{ name, value, n: 40, k: 1, interval: [value, 2 * value], unit },
  });
  const card = modelCard({
    ...{ name: 'a', runId: null, step: 7, parameters: 1, modelType: 'llama', dtype: 'float32', base: null },
    config: null,
    hashes: { config: '', data: null },
    evaluations: [
      {
        step: 7,
        time: 0,
        benchmark: 'rows',
        scores: [
          score('eval_loss', 0.1236, 'nats'),
          score('accuracy', 0.25, 'share'),
          score('length', 12.34, 'tokens'),
        ],
      },
    ],
  });
  expect(card).toContain('| `eval_loss` | 0.124 | 0.124 to 0.247 | 40 |');
  expect(card).toContain('| `accuracy` | 25.0 % | 25.0 % to 50.0 % | 40 |');
  expect(card).toContain('| `length` | 12.3 | 12.3 to 24.7 | 40 |');
});
