/** How many threads are worth starting: one per physical core that this process may use. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

const TOPOLOGY = '/sys/devices/system/cpu';

export const physicalCores = (): number => {
  const usable = availableParallelism();
  if (process.platform === 'linux') return Math.max(1, Math.min(usable, linuxCores() ?? usable));
  return process.arch === 'x64' && usable > 1 ? Math.ceil(usable / 2) : usable;
};

/** Groups of logical processors that share a core; null where the system does not tell. */
const linuxCores = (): number | null => {
  try {
    const processors = readdirSync(TOPOLOGY).filter((name) => /^cpu\d+$/.test(name));
    const cores = processors.map((name) => readFileSync(`${TOPOLOGY}/${name}/topology/thread_siblings_list`, 'utf8'));
    return cores.length > 0 ? new Set(cores).size : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
};

/** Name of the processor as its maker writes it. */
export const processorName = (): string => cpus()[0]?.model.trim() || process.arch;
