/** For processes that foreign programs may keep from hearing that their parent is gone: a thread that ends them then. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const LOOK_MS = 500;

/** Starts the thread; `script` is the program itself, which calls `endWithParent` where it is not the main thread. */
export function watchParent(script: URL, parent: number): void {
  new Worker(script, { workerData: parent }).unref();
}

/** In the thread: ends the whole process when the parent is another. */
export function endWithParent(): void {
  if (isMainThread) throw new Error('endWithParent is for the thread that watches.');
  setInterval(() => {
    if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
  }, LOOK_MS);
}
