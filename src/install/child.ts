/** Runs a program with all that it starts as one group, so that a cancellation leaves nothing running. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { InstallCancelled } from './installFailure.ts';

export interface ChildOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Hears every line of both outputs. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  /** Null where it was ended by a signal or could not be started. */
  readonly code: number | null;
  /** The end of both outputs. */
  readonly output: string;
}

const KEPT = 20_000;

/** Resolves when the program has ended, however it did. Rejects with InstallCancelled when the signal came. */
export function runChild(command: string, args: readonly string[], options: ChildOptions): Promise<Ended> {
  const { cwd, env, signal, onLine = () => undefined } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new InstallCancelled());
    const isGroup = process.platform !== 'win32';
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isGroup,
      windowsHide: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-KEPT);
        for (const line of text.split('\n')) onLine(line);
      });
    const end = (): void => endGroup(child);
    signal.addEventListener('abort', end, { once: true });
    const settle = (ended: Ended): void => {
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(new InstallCancelled());
      else resolve(ended);
    };
    child.on('error', (error) => settle({ code: null, output: error.message }));
    child.on('close', (code) => settle({ code, output }));
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], () => undefined);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
