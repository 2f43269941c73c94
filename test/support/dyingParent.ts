/** Starts a trainer as an editor would, and is killed the moment it runs. */
import { launchTrainer } from '../../src/runs/launch.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';

await launchTrainer({
  runtime: ownRuntime(),
  trainer: process.env['VALLEY_TRAINER'] ?? '',
  runFolder: process.env['VALLEY_RUN_FOLDER'] ?? '',
  config: process.env['VALLEY_CONFIG'] ?? '',
});
process.kill(process.pid, 'SIGKILL');
