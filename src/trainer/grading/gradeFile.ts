/** Grades a file of rows with `gold` and `prediction`, and writes a verdict for each; the new file is there whole or not at all. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FileFailure, naming } from '../../data/dataFailure.ts';
import { removeIfThere, renameFile, writeAll } from '../../data/durable.ts';
import { realFiles } from '../../data/files.ts';
import { rowBlocks, type ParquetReader } from '../../data/rows/rowBlocks.ts';
import { textLines } from '../../data/rows/textLines.ts';
import type { Given } from '../../engine/grading/graders/grader.ts';
import { readRow } from '../../engine/rows/readRow.ts';
import { shareInterval } from '../../engine/stats/shareInterval.ts';
import {
  GRADE_VERDICTS,
  VERIFIER_VERSION,
  type GradedRow,
  type GradeNews,
  type GraderName,
  type GradeRecord,
  type GradeReport,
  type GradeVerdict,
} from '../../protocol/grading.ts';
import { CommandGrader } from './commandGrader.ts';
import { GradingPool } from './gradingPool.ts';

export interface GradeOrder {
  readonly input: string;
  readonly out: string;
  readonly grader: GraderName;
  readonly isStrict: boolean;
  /** For the grader `regex`. */
  readonly pattern: string | null;
  /** For the grader `command`: program and arguments; null for others. Somebody has agreed that it runs. */
  readonly command: readonly string[] | null;
}

export interface GradePrograms {
  /** The bundled gradingProcess.ts. */
  readonly grading: URL;
  readonly parquet: ParquetReader;
}

/** Rows that are under way at once, in their order. */
const BATCH = 512;
/** Commands get fewer: each is a process. */
const COMMAND_BATCH = 4;
const COMMAND_MS = 10_000;
const NEWS_MS = 500;
/** Grading is mostly done at once; processes are for what is not. */
const MOST_PROCESSES = 4;

/** Throws `BadDataset` and `FileFailure`. `tell` hears how far it is, at most twice a second. */
export async function gradeFile(
  order: GradeOrder,
  programs: GradePrograms,
  tell: (news: GradeNews) => void,
): Promise<GradeReport> {
  const pool = new GradingPool({
    script: programs.grading,
    processes: Math.min(MOST_PROCESSES, availableParallelism()),
  });
  const output = new VerdictFile(order.out);
  try {
    const tally = new Tally(order);
    const gradeOne = graderOf(order, pool);
    let toldAt = performance.now();
    for await (const rows of batches(order, programs.parquet, tally)) {
      const records = await Promise.all(rows.map(({ given }) => gradeOne(given)));
      output.write(records.map((record, place) => lineOf(record, rows[place], order.grader)));
      for (const { verdict } of records) tally.count(verdict);
      if (performance.now() - toldAt < NEWS_MS) continue;
      toldAt = performance.now();
      tell({ type: 'grading', rows: tally.rows });
    }
    output.finish();
    return tally.report();
  } catch (error) {
    output.giveUp();
    throw error;
  } finally {
    await pool.close();
  }
}

interface Row {
  readonly line: number;
  readonly id: string | number | null;
  readonly given: Given;
}

function graderOf(order: GradeOrder, pool: GradingPool): (given: Given) => Promise<GradeRecord> {
  const { grader, isStrict, pattern, command } = order;
  if (grader !== 'command') return (given) => pool.grade({ ...given, grader, options: { isStrict, pattern } });
  const runner = new CommandGrader({
    argv: command ?? [],
    cwd: process.cwd(),
    isTrusted: command !== null,
    timeoutMs: COMMAND_MS,
  });
  return (given) => runner.grade(given);
}

async function* batches(order: GradeOrder, parquet: ParquetReader, tally: Tally): AsyncGenerator<readonly Row[]> {
  const size = order.grader === 'command' ? COMMAND_BATCH : BATCH;
  let batch: Row[] = [];
  for await (const { bytes, firstLine, lines, bad } of rowBlocks(order.input, parquet)) {
    for (const each of bad) tally.refuse(each);
    for (const [place, text] of textLines(bytes).entries()) {
      const row = rowOf(text, lines?.[place] ?? firstLine + place, tally);
      if (row) batch.push(row);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Null for an empty line, and for a row that is told to be bad. */
function rowOf(text: string | null, line: number, tally: Tally): Row | null {
  if (text !== null && text.trim() === '') return null;
  const refuse = (rule: string, detail: string): null => tally.refuse({ rows: 1, line, rule, detail });
  if (text === null) return refuse('notUtf8', 'bytes that are no UTF-8');
  const read = readRow(text);
  if ('bad' in read) return refuse(read.bad.rule, read.bad.detail);
  const [gold, prediction] = [textOf(read.row['gold']), textOf(read.row['prediction'])];
  if (gold === null) return refuse('missingColumn', '"gold" is no text and no number');
  if (prediction === null) return refuse('missingColumn', '"prediction" is no text and no number');
  const id = read.row['id'];
  return { line, id: typeof id === 'string' || typeof id === 'number' ? id : null, given: { gold, prediction } };
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;

function lineOf(record: GradeRecord, row: Row | undefined, grader: GraderName): string {
  if (!row) throw new Error('There is a verdict without a row.');
  const graded: GradedRow = { line: row.line, id: row.id, ...record, grader };
  return `${JSON.stringify(graded)}\n`;
}

class Tally {
  rows = 0;
  private readonly order: GradeOrder;
  private readonly verdicts = new Map<GradeVerdict, number>();
  private readonly bad = new Map<string, GradeReport['bad'][number]>();
  private readonly started = performance.now();

  constructor(order: GradeOrder) {
    this.order = order;
  }

  count(verdict: GradeVerdict): void {
    this.rows++;
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1);
  }

  refuse(bad: GradeReport['bad'][number]): null {
    const known = this.bad.get(bad.rule);
    this.bad.set(bad.rule, known ? { ...known, rows: known.rows + bad.rows } : bad);
    return null;
  }

  report(): GradeReport {
    const of = (verdict: GradeVerdict): number => this.verdicts.get(verdict) ?? 0;
    const n = this.rows - of('gold_unparsed');
    const [grader, isStrict, out] = [this.order.grader, this.order.isStrict, this.order.out];
    return {
      type: 'graded',
      grader,
      isStrict,
      version: VERIFIER_VERSION,
      out,
      rows: this.rows,
      verdicts: Object.fromEntries(GRADE_VERDICTS.map((verdict) => [verdict, of(verdict)])) as GradeReport['verdicts'],
      accuracy: n === 0 ? null : { share: of('correct') / n, interval: shareInterval(of('correct'), n), n },
      bad: [...this.bad.values()],
      seconds: (performance.now() - this.started) / 1000,
    };
  }
}

/** Written under another name, and given its own when it is whole. */
class VerdictFile {
  private readonly path: string;
  private readonly temporary: string;
  private fd: number | null = null;
  private bytes = 0;

  constructor(path: string) {
    this.path = path;
    this.temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  }

  write(lines: readonly string[]): void {
    this.fd ??= realFiles.open(this.temporary, 'create');
    this.bytes += writeAll(realFiles, this.fd, this.temporary, Buffer.from(lines.join('')), this.bytes);
  }

  finish(): void {
    this.write([]);
    const fd = this.fd ?? 0;
    naming('save', this.path, () => realFiles.sync(fd));
    if (realFiles.size(fd) !== this.bytes) throw new FileFailure('write', this.path, 'ENOSPC');
    this.close();
    renameFile(realFiles, this.temporary, this.path);
    realFiles.syncFolder(dirname(this.path));
  }

  giveUp(): void {
    this.close();
    removeIfThere(realFiles, this.temporary);
  }

  private close(): void {
    if (this.fd !== null) realFiles.close(this.fd);
    this.fd = null;
  }
}
