/** All tasks, by the name a config gives them. */
import type { TaskConfig } from '../../config/schema.ts';
import { arithmetic } from './arithmetic.ts';
import { repetition } from './repetition.ts';
import type { Task } from './task.ts';

type Tasks = { readonly [Name in TaskConfig['name']]: (config: Extract<TaskConfig, { readonly name: Name }>) => Task };

export const tasks: Tasks = { arithmetic, repetition };

export function taskOf(config: TaskConfig): Task {
  switch (config.name) {
    case 'arithmetic':
      return tasks.arithmetic(config);
    case 'repetition':
      return tasks.repetition(config);
    default:
      return config satisfies never;
  }
}
