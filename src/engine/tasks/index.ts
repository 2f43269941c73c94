/** All tasks, by the name a config gives them. */
import type { TaskConfig } from '../../config/schema.ts';
import { arithmetic } from './arithmetic.ts';
import type { Task, TaskFactory } from './task.ts';

export const tasks: Readonly<Record<TaskConfig['name'], TaskFactory>> = { arithmetic };

export const taskOf = (config: TaskConfig): Task => tasks[config.name](config);
