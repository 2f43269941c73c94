/** The real trainer with real mathematics on a device that fails as VALLEY_FAULTS says. */
import { recipeOf } from '../../src/engine/recipes/index.ts';
import { Crash } from '../../src/trainer/crash.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';
import { readInvocation } from '../../src/trainer/invocation.ts';
import { refuse, runAttempt } from '../../src/trainer/runAttempt.ts';
import { preparing } from './preparing.ts';
import { faulty, type Faults } from './faultyExecutor.ts';

const faults = JSON.parse(process.env['VALLEY_FAULTS'] ?? '{}') as Faults;
const crash = new Crash();
crash.install();
const invocation = readInvocation(process.argv.slice(2));
if (invocation.kind !== 'run') throw new Error('The faulty trainer only runs.');
const chooseExecutor = async () => faulty(await createOnnxExecutor({ threads: 1, precision: 'f16' }), faults).executor;
const parts = { ...preparing, recipeOf, chooseExecutor, pulseScript: new URL('./pulse.mjs', import.meta.url) };
runAttempt(invocation, parts, crash).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(refuse(error)),
);
