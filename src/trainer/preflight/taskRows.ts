/** Problems of a task as what a training learns from. */
import { isNewModel } from '../../config/plan.ts';
import type { GrpoConfig, SftConfig } from '../../config/schema.ts';
import { MOST_LOOKED } from '../../engine/preflight/looked.ts';
import { permutation } from '../../engine/random/permutation.ts';
import { problemSet } from '../../engine/recipes/problemSet.ts';
import { taskExample, taskText, type TaskExamples } from '../../engine/recipes/taskExample.ts';
import { taskOf } from '../../engine/tasks/index.ts';
import type { Tokenizer } from '../../engine/tokenizer/tokenizer.ts';
import type { TrainingRow, TrainingRows } from './trainingRows.ts';

/** How often progress is told. */
const TICK = 100;

export interface TaskRowsOptions {
  readonly tokenizer: Tokenizer;
  /** The longest sequence that the model reads. */
  readonly maxPositions: number;
  /** Ends what the tokenizer came with. */
  readonly close: () => void;
}

export function taskRows(
  config: SftConfig | GrpoConfig,
  problems: number,
  { tokenizer, maxPositions, close }: TaskRowsOptions,
): TrainingRows {
  const { seed, model } = config;
  const task = taskOf(config.task);
  const set = problemSet(task, 'train', seed, problems);
  const examples: TaskExamples = {
    task,
    tokenizer,
    problems: set,
    seed,
    completionOnlyLoss: config.recipe === 'grpo' || config.training.completionOnlyLoss,
  };
  const rowAt = (place: number): TrainingRow => ({
    row: place + 1,
    place: String(place + 1),
    example: taskExample(examples, place),
    text: taskText(examples, place),
  });
  return {
    kind: 'task',
    name: task.name,
    tokenizer,
    limits: {
      mostTokens: maxPositions + 1,
      onLongExample: 'stop',
      endTokens: tokenizer.endTokens,
      beginTokens: tokenizer.beginTokens.length,
    },
    onBadRow: 'stop',
    paths: {
      data: ['task', 'level'],
      limit: isNewModel(model) ? ['model', 'maxPositionEmbeddings'] : ['task', 'level'],
    },
    isHeldOut: null,
    probe: () => Promise.resolve([]),
    sample({ isAll, onProgress }, take) {
      const looked = isAll ? set.size : Math.min(set.size, MOST_LOOKED);
      const chosen = permutation(Math.max(1, set.size), seed, 'preflight');
      for (let at = 0; at < looked; at++) {
        take(rowAt(looked === set.size ? at : chosen(at)));
        if (at % TICK === 0) onProgress(at, looked);
      }
      return Promise.resolve({ looked, rows: set.size, isEstimate: false });
    },
    read(from, count) {
      const end = Math.min(set.size, from - 1 + count);
      const found = Array.from({ length: Math.max(0, end - from + 1) }, (_, at) => rowAt(from - 1 + at));
      return Promise.resolve({ rows: set.size, found });
    },
    close,
  };
}
