/** `npm run bench`: each work on each engine, one process per engine, rounds alternating, medians. Prints one table. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { works, type Work } from './shapes.ts';

interface Round {
  readonly tokens: number;
  readonly seconds: number;
  readonly peakMemoryBytes: number;
}

interface Row {
  readonly work: string;
  readonly shape: string;
  readonly engine: string;
  /** Median over the rounds; null where the engine did not run. */
  readonly tokensPerSecond: number | null;
  readonly peakMemoryBytes: number | null;
  /** From the start of the process to the end of its first round. */
  readonly firstRoundSeconds: number | null;
  readonly rounds: number;
  readonly notRun?: string;
}

/** A process that does one round of work for each line it is given. */
class Contestant {
  readonly rounds: Round[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #stderr = '';
  name: string;
  notRun: string | null = null;

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.#child = spawn(command, args);
    this.#child.on('error', (error) => (this.#stderr += String(error)));
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ready(): Promise<void> {
    const said = await this.#answer<{ ready: string }>();
    if (said) this.name = said.ready;
  }

  async round(): Promise<void> {
    if (this.notRun !== null) return;
    this.#child.stdin.write('go\n');
    const round = await this.#answer<Round>();
    if (round) this.rounds.push(round);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #answer<T>(): Promise<T | null> {
    const line = await this.#lines.next();
    if (!line.done) return JSON.parse(line.value) as T;
    this.notRun = this.#stderr.trim().split('\n').at(-1) || 'ended without a word';
    return null;
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function measure(work: Work, rounds: number, threads: number): Promise<Row[]> {
  const spec = JSON.stringify({ ...work.model, ...work, model: work.model, threads });
  const worker = fileURLToPath(new URL('bench-worker.mjs', import.meta.url));
  const python = process.env['VALLEY_BENCH_PYTHON'] ?? 'python3';
  const contestants = [
    new Contestant('Through the Valley, onnx', process.execPath, [worker, 'onnx', spec]),
    new Contestant('PyTorch', python, [fileURLToPath(new URL('../bench/torch_worker.py', import.meta.url)), spec]),
  ];
  const transformers = fileURLToPath(new URL('../bench/transformers_worker.py', import.meta.url));
  if (work.kind === 'generation') contestants.push(new Contestant('transformers', python, [transformers, spec]));
  if (work.name === 'step-0.8M')
    contestants.push(new Contestant('tfjs-backend-cpu', process.execPath, [worker, 'reference', spec]));
  const rows: Row[] = [];
  const first = new Map<Contestant, number>();
  for (const contestant of contestants) {
    const started = performance.now();
    await contestant.ready();
    await contestant.round();
    first.set(contestant, (performance.now() - started) / 1000);
  }
  for (let round = 0; round < rounds; round++)
    for (const contestant of contestants)
      if (round === 0 || (contestant.rounds[0]?.seconds ?? 0) < 10) await contestant.round();
  for (const contestant of contestants) {
    contestant.end();
    const warm = contestant.rounds.slice(1);
    const ran = warm.length > 0;
    rows.push({
      work: work.name,
      shape: `d${work.model.hiddenSize} L${work.model.layers} T${work.length} B${work.batch}`,
      engine: contestant.name,
      tokensPerSecond: ran ? median(warm.map(({ tokens, seconds }) => tokens / seconds)) : null,
      peakMemoryBytes: ran ? Math.max(...warm.map(({ peakMemoryBytes }) => peakMemoryBytes)) : null,
      firstRoundSeconds: ran ? (first.get(contestant) ?? null) : null,
      rounds: warm.length,
      ...(contestant.notRun === null ? {} : { notRun: contestant.notRun }),
    });
  }
  return rows;
}

function print(rows: readonly Row[]): void {
  const number = (value: number | null, digits = 0) =>
    value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits });
  console.log('| work | shape | engine | tokens/s (median) | peak memory MB | first round s | rounds |');
  console.log('|---|---|---|---:|---:|---:|---:|');
  for (const row of rows)
    console.log(
      `| ${row.work} | ${row.shape} | ${row.engine} | ${row.notRun ? `not run: ${row.notRun}` : number(row.tokensPerSecond)} | ${number(row.peakMemoryBytes === null ? null : row.peakMemoryBytes / 1e6)} | ${number(row.firstRoundSeconds, 1)} | ${row.rounds} |`,
    );
}

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: '2' },
  },
});
const chosen = works.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`--only ${values.only}: no such work. Known: ${works.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} logical cores, Node ${process.version}, ${values.threads} threads`;
console.log(`${machine}\n`);
const rows: Row[] = [];
for (const work of chosen) rows.push(...(await measure(work, Number(values.rounds), Number(values.threads))));
print(rows);
if (values.json) writeFileSync(values.json, JSON.stringify({ machine, rows }, null, 2));
