/** The last rung of the stop ladder: a signal to the trainer of a run, only after its identity is proven. */
import { hostname } from 'node:os';
import { readLease } from './facts.ts';
import { isSafePid, processStart, processStateOf, type ProcessClaim } from './processIdentity.ts';

type Kill = (pid: number, signal: 'SIGTERM' | 'SIGKILL') => void;

/** True if the signal was sent; false if the process is gone, not ours, or its identity cannot be proven. */
export async function signalTrainer(runFolder: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
  const lease = await readLease(runFolder);
  return lease !== null && signalClaimed(lease, signal);
}

/** The same for a claim in hand; `kill` is replaced in tests. */
export async function signalClaimed(
  claim: ProcessClaim,
  signal: 'SIGTERM' | 'SIGKILL',
  kill: Kill = (pid, name) => process.kill(pid, name),
): Promise<boolean> {
  if (!isSafePid(claim.pid) || claim.host !== hostname() || claim.processStart === null) return false;
  if ((await processStateOf(claim)) !== 'running') return false;
  if ((await processStart(claim.pid)) !== claim.processStart) return false;
  try {
    kill(claim.pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
