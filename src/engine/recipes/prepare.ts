/**
 * Stage one of the paper: a small set of good, varied, verified traces. From data as they are on disk to nested subsets,
 * with a report before and after each step. Deviation: the paper does not say whether its subsets are nested; here they are, unless asked otherwise.
 */
import type { PrepareConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { logged } from '../../protocol/logged.ts';
import type { PreparationStep, RowStatistics } from '../../protocol/preparation.ts';
import { reasonText } from '../../protocol/preparationText.ts';
import { phrase, said } from '../../protocol/sentence.ts';
import type { Example } from '../formats/format.ts';
import { promptText } from '../rows/exampleText.ts';
import { LeftOutTally } from '../rows/leftOutTally.ts';
import { ROW_WORDS, RowTable } from '../rows/rowTable.ts';
import { Shingles } from '../rows/shingles.ts';
import { statisticsOf } from '../rows/statistics.ts';
import { longShareOf, subsetsOf, type Subset } from '../rows/subsets.ts';
import { WordBuffer } from '../rows/words.ts';
import { stages } from '../stages/index.ts';
import type { StageContext } from '../stages/stage.ts';
import { Inbox } from './inbox.ts';
import type { PrepareDeps, UnusedRow } from './prepareDeps.ts';
import { RunFailure } from './runFailure.ts';

const TOLD_EVERY_MS = 250;
/** Rows between two looks at the clock. */
const STRIDE = 512;

export async function* prepare(config: PrepareConfig, deps: PrepareDeps): AsyncGenerator<RunEvent> {
  const inbox = new Inbox(deps.takeRequests);
  const stopped: RunEvent = { type: 'run.finished', reason: 'stopped' };
  yield started(config);
  yield { type: 'phase.changed', phase: 'preparing' };
  const desk = new PreparationDesk(config, deps);
  for await (const event of desk.read()) {
    yield event;
    inbox.look();
    if (inbox.isStopping) return yield stopped;
  }
  yield desk.report('read');
  for (const stage of stages) {
    if (!stage.isOn(config)) continue;
    const judge = stage.start(desk.context, desk.rows);
    for (const event of desk.filter(stage.name, judge)) {
      yield event;
      inbox.look();
      if (inbox.isStopping) return yield stopped;
    }
    yield desk.report(stage.name);
  }
  yield { type: 'phase.changed', phase: 'saving' };
  yield* desk.writeSubsets();
  yield { type: 'run.finished', reason: 'completed' };
}

const started = (config: PrepareConfig): RunEvent => ({
  type: 'run.started',
  recipe: 'prepare',
  name: config.name ?? '',
  task: '',
  parameters: 0,
  executor: null,
  runtime: { version: '', foundBy: 'cli' },
  totalSteps: 0,
  evaluationSteps: [],
});

/** The rows as they stand between the steps. */
class PreparationDesk {
  readonly context: StageContext;
  /** Rows that are left, by their number in the table. */
  rows = new Uint32Array();
  readonly #config: PrepareConfig;
  readonly #deps: PrepareDeps;
  readonly #table = new RowTable();
  /** The number of rows in the table after each source. */
  readonly #ends: number[] = [];
  #tally: LeftOutTally;
  #rowsIn = 0;
  /** Of `rows`, as long as they are the same. */
  #known: { readonly rows: Uint32Array; readonly statistics: RowStatistics } | null = null;
  #toldAt: number;

  constructor(config: PrepareConfig, deps: PrepareDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#tally = this.#newTally();
    this.#toldAt = deps.now();
    const shinglesOf = shingleReader(config, deps.textOf);
    this.context = { config, table: this.#table, benchmarks: deps.benchmarks, shinglesOf };
  }

  async *read(): AsyncGenerator<RunEvent> {
    for await (const read of this.#deps.read()) {
      if (read.type === 'opened') yield { type: 'source.opened', source: read.source };
      else {
        for (const bad of read.bad) this.#refuse(read.source, bad);
        this.#table.append(read.table);
        this.#ends[read.source] = this.#table.count;
        this.#rowsIn += read.bad.reduce((sum, { rows }) => sum + rows, 0) + read.table.length / ROW_WORDS;
        if (this.#isTimeToTell()) yield this.#progress('read', read.done, read.total);
      }
    }
    this.rows = Uint32Array.from({ length: this.#table.count }, (_, row) => row);
  }

  *filter(name: PreparationStep, judge: ReturnType<(typeof stages)[number]['start']>): Generator<RunEvent> {
    const kept = new Uint32Array(this.rows.length);
    let count = 0;
    this.#rowsIn = this.rows.length;
    for (let done = 0; done < this.rows.length; done++) {
      const row = this.rows[done] ?? 0;
      const refused = judge(row);
      if (refused === null) kept[count++] = row;
      else this.#tally.add(refused.reason, refused.detail, this.#sourceOf(row), this.#table.line(row));
      if (done % STRIDE === 0 && this.#isTimeToTell()) yield this.#progress(name, done, this.rows.length);
    }
    if (count < this.rows.length) this.rows = kept.slice(0, count);
  }

  /** What the step took in, left out and left. */
  report(stage: PreparationStep): RunEvent {
    const leftOut = this.#tally.take();
    this.#tally = this.#newTally();
    return {
      type: 'stage.finished',
      stage,
      rowsIn: this.#rowsIn,
      leftOut,
      statistics: this.#statistics(),
    };
  }

  #statistics(): RowStatistics {
    if (this.#known?.rows !== this.rows)
      this.#known = { rows: this.rows, statistics: statisticsOf(this.#table, this.rows) };
    return this.#known.statistics;
  }

  async *writeSubsets(): AsyncGenerator<RunEvent> {
    const subsets = subsetsOf(this.#config, this.#table, this.rows, (row) => this.#sourceOf(row));
    yield* this.#tellSampling(subsets);
    let smaller: Uint32Array | null = null;
    for (const { size, rows } of subsets) {
      if (size !== null && rows.length < size) yield tooFew(size, rows.length);
      const { file, sha256 } = await this.#deps.write(size === null ? 'all' : String(size), rows);
      const statistics = statisticsOf(this.#table, rows);
      const longShare = longShareOf(this.#config, this.#table, rows);
      const isNested: boolean = smaller !== null && isWithin(smaller, rows);
      yield { type: 'subset.written', subset: { file, sha256, statistics, longShare, isNested } };
      smaller = rows;
    }
  }

  *#tellSampling(subsets: readonly Subset[]): Generator<RunEvent> {
    const drawn = new Set(subsets.flatMap(({ rows }) => [...rows]));
    yield* this.filter('sampling', (row) => (drawn.has(row) ? null : { reason: 'notDrawn', detail: '' }));
    yield this.report('sampling');
  }

  #refuse(source: number, { line, rule, detail, rows }: UnusedRow): void {
    if (this.#config.onBadRow === 'stop')
      throw new RunFailure(
        'badDataset',
        said`${this.#pathOf(source)}:${line}: ${phrase(reasonText(rule))}: ${detail}.`,
        'Correct the row, or set `onBadRow` to "skip".',
      );
    this.#tally.add(rule, '', source, line, detail, rows);
  }

  #newTally(): LeftOutTally {
    return new LeftOutTally((source) => this.#pathOf(source));
  }

  #sourceOf(row: number): number {
    return this.#ends.findIndex((end) => row < end);
  }

  #pathOf(source: number): string {
    return this.#config.sources[source]?.path ?? '';
  }

  #isTimeToTell(): boolean {
    const now = this.#deps.now();
    if (now - this.#toldAt < TOLD_EVERY_MS) return false;
    this.#toldAt = now;
    return true;
  }

  #progress(stage: PreparationStep, done: number, total: number): RunEvent {
    return { type: 'rows.progressed', stage, done, total };
  }
}

/** The shingles of a row, from its text: kept rows are too many to hold them all. */
function shingleReader({ duplicates }: PrepareConfig, textOf: PrepareDeps['textOf']): StageContext['shinglesOf'] {
  const words = new WordBuffer();
  const shingles = new Shingles(duplicates.ngram);
  return (row) => {
    const example = JSON.parse(textOf(row)) as Example;
    words.read(duplicates.compare === 'completion' ? '' : promptText(example));
    if (duplicates.compare !== 'prompt') words.add(example.completion);
    shingles.read(words.hashes, 0, words.count);
    return shingles.sorted();
  };
}

function isWithin(smaller: Uint32Array, larger: Uint32Array): boolean {
  const all = new Set(larger);
  return smaller.every((row) => all.has(row));
}

const tooFew = (size: number, rows: number): RunEvent =>
  logged(
    'warning',
    said`The subset of ${size} rows has only ${rows}: no more are left in the wanted shares. Name a smaller size, or loosen a step.`,
  );
