/** What the ladder is given of the world: its base, and a store for its trainings. */
import { fileURLToPath } from 'node:url';
import { composeBase } from '../config/composeLadder.ts';
import type { LadderConfig } from '../config/schema.ts';
import type { Executor } from '../engine/executor.ts';
import type { LadderDeps } from '../engine/recipes/ladderDeps.ts';
import { machineMemory } from '../runs/machine.ts';
import { CellStore } from './cellStore.ts';
import { hashOf, readStartingModel, startingFolder } from './inputs.ts';
import { openModelText } from './modelText.ts';
import { pastOf, takeRequests, type World } from './recipeDeps.ts';

/** `close` ends what stands behind it. Throws what reading a given base throws. */
export async function ladderDeps(
  world: World,
  config: LadderConfig,
  executor: Executor,
): Promise<LadderDeps & { readonly close: () => void }> {
  const { input, pulse, programs, workplace } = world;
  const measuring = composeBase(config);
  const folder = measuring.recipe === 'evaluate' ? await startingFolder(measuring, input.configPath) : null;
  const text = folder === null ? null : await openModelText(folder, fileURLToPath(programs.template));
  return {
    executor,
    base: folder === null ? null : () => readStartingModel(measuring, folder),
    ...(text && { text }),
    cells: cellStore(world, config),
    again: input.again,
    ...(workplace.attempt > 1 && { past: () => pastOf(workplace) }),
    memoryBytes: machineMemory(),
    now: () => performance.now(),
    takeRequests: () => takeRequests(world),
    stream: (piece, done) => pulse.sampled(piece, done),
    close: () => text?.template?.close(),
  };
}

const cellStore = ({ workplace, input, desk }: World, { checkpoints }: LadderConfig): CellStore =>
  new CellStore({
    runFolder: workplace.folder,
    runId: workplace.runId,
    configHash: hashOf(input.resolved),
    policy: checkpoints,
    now: Date.now,
    lost: () => desk.lost,
  });
