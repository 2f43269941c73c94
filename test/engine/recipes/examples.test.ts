import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parseConfig.ts';
import { plannedSteps } from '../../../src/config/plan.ts';
import { plannedGrpoSteps } from '../../../src/config/planGrpo.ts';
import type { GrpoConfig, SftConfig } from '../../../src/config/schema.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';

const files = ['examples/arithmetic', 'test/fixtures'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.valley.jsonc'))
    .map((name) => `${folder}/${name}`),
);

function configOf(file: string): SftConfig | GrpoConfig {
  const parsed = parseConfig(readFileSync(file, 'utf8'), file);
  if (!parsed.ok) throw new Error(`${file}: ${JSON.stringify(parsed)}`);
  expect(parsed.problems).toEqual([]);
  const { config } = parsed;
  if (config.recipe !== 'sft' && config.recipe !== 'grpo') throw new Error(`${file} trains on no task.`);
  return config;
}

test('the main job is among the examples', () => {
  expect(files).toContain('examples/arithmetic/sft.valley.jsonc');
});

describe.each(files)('%s', (file) => {
  test('is a config without a warning', () => {
    const config = configOf(file);
    expect(config.recipe === 'sft' ? plannedSteps(config) : plannedGrpoSteps(config)).toBeGreaterThan(0);
  });

  test('its right completions fit into the model and into the token limits', () => {
    const config = configOf(file);
    const { task: settings, model, evaluation } = config;
    const { maxNewTokens } = config.recipe === 'sft' ? config.sampling : config.rollout;
    const task = taskOf(settings);
    const tokenizer = characterTokenizer(task.vocabulary);
    const room = 'family' in model ? model.maxPositionEmbeddings : Infinity;
    for (let i = 0; i < 2000; i++) {
      const problem = task.problem('train', 1, i);
      const prompt = tokenizer.encode(problem.prompt).length;
      const completion = tokenizer.encode(task.completion(problem, 1, i)).length + 1;
      expect(prompt + completion, problem.prompt).toBeLessThanOrEqual(room);
      expect(completion, problem.prompt).toBeLessThanOrEqual(Math.min(evaluation.maxNewTokens, maxNewTokens));
    }
  });
});
