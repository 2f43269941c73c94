/** Notes which GPU a trial found in the user's state folder, for those who check configs without a trial. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { GPU_FACTS_FILE, type GpuFacts } from '../protocol/gpuFacts.ts';
import { stateFolder } from '../runs/stateFolder.ts';
import { errnoOf } from '../data/dataFailure.ts';
import { removeIfThere, replaceAtomically } from '../data/durable.ts';
import { realFiles } from '../data/files.ts';
import type { AdapterSearch } from './executors/findAdapter.ts';

/** Replaces the note of the trial before; where there is no GPU now, none is left. A folder that cannot be written is not worth a run. */
export function noteGpu(found: AdapterSearch, env: NodeJS.ProcessEnv = process.env): void {
  const folder = stateFolder(env);
  const file = join(folder, GPU_FACTS_FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (found.kind === 'found') replaceAtomically(realFiles, file, JSON.stringify(factsOf(found)));
    else removeIfThere(realFiles, file);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    // A config is then checked without the GPU, as before any trial.
  }
}

const factsOf = ({ adapter }: Extract<AdapterSearch, { kind: 'found' }>): GpuFacts => ({
  v: 1,
  time: Date.now(),
  name: adapter.name,
  isSoftware: adapter.isSoftware,
  hasFloat16: adapter.hasFloat16 ?? false,
  limits: adapter.limits ?? null,
});
