/** For processes that foreign programs may keep from hearing anything: a thread that ends them when their parent is gone, or when one piece of work has taken too much. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const PARENT_LOOK_MS = 500;
const WORK_LOOK_MS = 25;

/** Counts pieces of work: odd while one is under way. */
export type WorkCount = Int32Array<SharedArrayBuffer>;

interface Watched {
  readonly parent: number;
  readonly work: { readonly count: WorkCount; readonly cpuMs: number } | null;
}

/** Starts the thread; `script` is the program itself, which calls `watch` where it is not the main thread. */
export function startWatch(script: URL, parent: number, work: Watched['work'] = null): void {
  const watched: Watched = { parent, work };
  new Worker(script, { workerData: watched }).unref();
}

/** In the thread. */
export function watch(): void {
  if (isMainThread) throw new Error('watch is for the thread beside the main one.');
  const { parent, work } = workerData as Watched;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_LOOK_MS);
  if (work) watchWork(work.count, work.cpuMs);
}

/** By processor time: on a busy machine nobody is late who was not let work. */
function watchWork(count: WorkCount, cpuMs: number): void {
  let seen = 0;
  let begun = 0;
  setInterval(() => {
    const now = Atomics.load(count, 0);
    const { user, system } = process.cpuUsage();
    const spent = (user + system) / 1000;
    if (now !== seen) [seen, begun] = [now, spent];
    else if (now % 2 === 1 && spent - begun > cpuMs) end();
  }, WORK_LOOK_MS);
}

const end = (): unknown => process.kill(process.pid, 'SIGKILL');
