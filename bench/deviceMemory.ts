/** How much memory of the GPU is in use, as `nvidia-smi` tells it: the same measure for every engine, whatever it keeps for itself. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const EVERY_MS = 50;
/** A driver that has not answered by then is not waited for. */
const PATIENCE_MS = 10_000;

export interface Usage {
  /** Bytes that came on top of what was in use before, at most; null where no one tells. */
  readonly addedBytes: number | null;
}

/** The most memory that is in use while `work` is done, over what was in use before. All GPUs together: others are at rest. */
export const memoryDuring = async <T>(
  work: () => Promise<T>,
  program = 'nvidia-smi',
): Promise<Usage & { readonly result: T }> => {
  const watch = new Watch(program);
  try {
    const before = await watch.first;
    const result = await work();
    return { addedBytes: before === null ? null : watch.most - before, result };
  } finally {
    watch.end();
  }
};

class Watch {
  /** Bytes in use when the watch began; null if there is no such program, or it does not answer. */
  readonly first: Promise<number | null>;
  most = 0;
  readonly #child;
  readonly #byGpu = new Map<string, number>();

  constructor(program: string) {
    const query = ['--query-gpu=index,memory.used', '--format=csv,noheader,nounits', '-lms', String(EVERY_MS)];
    this.#child = spawn(program, query, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.first = new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), PATIENCE_MS);
      const settle = (bytes: number | null): void => {
        clearTimeout(timer);
        resolve(bytes);
      };
      this.#child.on('error', () => settle(null)).on('close', () => settle(null));
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line, settle));
    });
  }

  end(): void {
    this.#child.kill();
  }

  /** A line for each GPU in turn. The first round of lines is complete when a GPU comes for the second time. */
  #hear(line: string, onFirst: (bytes: number) => void): void {
    const [, gpu, mebibytes] = /^(\d+), (\d+)$/.exec(line.trim()) ?? [];
    if (gpu === undefined) return;
    if (this.#byGpu.has(gpu)) onFirst(this.most);
    this.#byGpu.set(gpu, Number(mebibytes) * 2 ** 20);
    const inUse = [...this.#byGpu.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.most = Math.max(this.most, inUse);
  }
}
