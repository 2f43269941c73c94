/** One work on each engine: a process per engine, rounds alternating. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contestant, type Start } from './contestant.ts';
import type { Engine } from './engines.ts';
import type { InputFiles } from './inputFiles.ts';
import type { Peers } from './peers.ts';
import type { Measured } from './rows.ts';
import { operationsPerToken, tokensPerRound, type Spec, type Work } from './shapes.ts';

export interface Limits {
  readonly threads: number;
  /** At most so many rounds after the first. */
  readonly rounds: number;
  /** No further round once an engine has had so many seconds of them; one is always done. */
  readonly seconds: number;
  /** An engine whose round would take longer, in seconds, at its speed of an earlier work is not started. */
  readonly limit: number;
}

export interface Bench extends Limits {
  readonly engines: readonly Engine[];
  readonly peers: Peers;
  /** Ends the measurement after the round under way. */
  readonly signal: AbortSignal;
  readonly say: (what: string) => void;
  /** Around the warming up of an engine, while all others rest; calls its `warmUp` once. */
  readonly around?: (contestant: Contestant, engineKey: string) => Promise<void>;
}

/** Floating-point operations per second that an engine reached in this run, by its key; `measure` adds to it. */
export type Speeds = Map<string, { readonly speed: number; readonly work: string }>;

/** What starting and compiling may take beside a round, in seconds. */
const START = 60;

const INTERRUPTED = 'interrupted';

/** In the order of the engines. Where the signal comes, what was measured so far. */
export const measure = async (work: Work, bench: Bench, speeds: Speeds): Promise<Measured[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'valley-bench-'));
  const files = { weights: join(folder, 'weights.safetensors'), tokens: join(folder, 'tokens.bin') };
  try {
    const spec = specOf(work, bench.threads, files);
    if (work.kind !== 'gemm') writeInputs(spec);
    const found = await compete(work, spec, bench, speeds);
    for (const one of found) remember(work, one, speeds);
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const specOf = ({ kind, model, length, batch, repeats = 1 }: Work, threads: number, files: InputFiles): Spec => ({
  ...model,
  ...files,
  kind,
  length,
  batch,
  threads,
  repeats,
});

/** In a process of its own: a child starts with its parent's peak of memory on Linux. */
const writeInputs = (spec: Spec): void => {
  const worker = fileURLToPath(new URL('bench-worker.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [worker, 'inputs', JSON.stringify(spec)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The weights of ${spec.name} could not be written: ${stderr}`);
};

const compete = async (work: Work, spec: Spec, bench: Bench, speeds: Speeds): Promise<Measured[]> => {
  const running = new Map<string, Contestant>();
  const absent = new Map<string, Measured>();
  const taking = bench.engines.filter(({ kinds }) => kinds.includes(work.kind));
  const stop = (): void => running.forEach((contestant) => contestant.end(INTERRUPTED));
  bench.signal.addEventListener('abort', stop);
  try {
    for (const engine of taking) {
      const start = startOf(work, engine, spec, bench, speeds);
      if (typeof start === 'string') {
        absent.set(engine.key, notRun(engine, start));
        continue;
      }
      bench.say(`${work.name}: ${engine.name}, start and first round`);
      const contestant = new Contestant(engine.key, engine.name, start, START + bench.limit);
      running.set(engine.key, contestant);
      await (bench.around?.(contestant, engine.key) ?? contestant.warmUp());
    }
    await alternate([...running.values()], work, bench);
    for (const contestant of running.values()) await contestant.check();
  } finally {
    bench.signal.removeEventListener('abort', stop);
    running.forEach((contestant) => contestant.end());
  }
  return taking.flatMap(({ key }) => running.get(key)?.measured ?? absent.get(key) ?? []);
};

/** How the engine starts; a string says why it does not. */
const startOf = (work: Work, engine: Engine, spec: Spec, bench: Bench, speeds: Speeds): Start | string => {
  if (bench.signal.aborted) return INTERRUPTED;
  const start = engine.start(spec, bench.peers);
  return typeof start === 'string' ? start : (foretold(work, engine, bench, speeds) ?? start);
};

/** Every engine does its n-th round before any does the next. */
const alternate = async (
  contestants: readonly Contestant[],
  work: Work,
  { rounds, seconds, say }: Bench,
): Promise<void> => {
  for (let round = 1; round <= rounds; round++) {
    const going = contestants.filter(({ isGone, warmSeconds }) => !isGone && (round === 1 || warmSeconds < seconds));
    if (going.length > 0) say(`${work.name}: round ${round} of ${rounds}, ${going.length} engines`);
    for (const contestant of going) await contestant.round();
  }
};

const notRun = ({ key, name }: Engine, reason: string): Measured => ({
  engine: name,
  engineKey: key,
  rounds: [],
  firstRoundSeconds: null,
  check: [],
  notRun: reason,
});

/** Why an engine need not be tried: its speed at an earlier work says that one round takes too long. Null where it should be. */
const foretold = (work: Work, { key }: Engine, { limit }: Limits, speeds: Speeds): string | null => {
  const known = speeds.get(key);
  if (!known) return null;
  const expected = (tokensPerRound(work) * operationsPerToken(work)) / known.speed;
  if (expected <= limit) return null;
  const speed = `${(known.speed / 1e9).toFixed(1)} GFLOP/s`;
  return `one round would take about ${expected.toFixed(0)} s at its speed of ${known.work} (${speed}); --limit is ${limit} s`;
};

const remember = (work: Work, { engineKey, rounds }: Measured, speeds: Speeds): void => {
  const last = rounds.at(-1);
  if (last && work.kind !== 'gemm')
    speeds.set(engineKey, { speed: (last.tokens * operationsPerToken(work)) / last.seconds, work: work.name });
};
