/** The tool `regrade`: makes a run of its own from the completions that another has kept, with the verdicts of today. Nothing is sampled. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { benchmarkScores } from '../../engine/stats/benchmarkScores.ts';
import type { Completion, RunError, RunEvent, Score } from '../../protocol/events.ts';
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import { logged } from '../../protocol/logged.ts';
import type { RegradedEvaluation, RegradedRun, RegradeReport } from '../../protocol/regrade.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { said } from '../../protocol/sentence.ts';
import type { Evaluation, RunState, SampleFile } from '../../protocol/state.ts';
import { readLease } from '../../runs/facts.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import { EventLog } from '../eventLog.ts';
import { resolvedConfig } from '../export/origin.ts';
import { runErrorOf } from '../failure.ts';
import { foldedEvaluations } from '../foldedRun.ts';
import { GradingPool } from '../grading/gradingPool.ts';
import { completionNumber, keptSamples } from '../keptSamples.ts';
import { SampleFiles } from '../sampleFiles.ts';
import { makeWorkplace, write, writeExit, writeLease, type Workplace } from '../workplace.ts';
import { regraderOf } from './regradeCompletions.ts';

export interface RegradeOptions {
  readonly runFolder: string;
  /** The run folder to make. */
  readonly out: string;
}

const PROCESSES = 2;
const TOGETHER = 512;

/** `grading` is the bundled gradingProcess.ts. Never rejects for what is expected: a refusal is an answer. */
export async function regradeRun(options: RegradeOptions, grading: URL): Promise<RegradeReport> {
  try {
    return await regraded(options, grading);
  } catch (error) {
    const told = runErrorOf(error);
    if (told.code === 'internal') throw error;
    return { type: 'refused', error: told };
  }
}

async function regraded(options: RegradeOptions, grading: URL): Promise<RegradedRun> {
  const started = performance.now();
  const from = resolve(options.runFolder);
  const old = foldedEvaluations(from);
  if (old.sampleFiles.length === 0)
    throw new RunFailure(
      'badConfig',
      said`${from} keeps no evaluation.`,
      'Measure a checkpoint: valley evaluate CHECKPOINT.',
    );
  const kept = old.sampleFiles.map((file) => ({ ...file, completions: wholeFile(from, file) }));
  const runId = `${basename(resolve(options.out))
    .replace(/[^\w-]+/g, '-')
    .slice(0, 80)}-${randomBytes(4).toString('hex')}`;
  const workplace = await makeWorkplace(options.out, runId, randomBytes(16).toString('hex'));
  const record = new RegradedRecord(workplace);
  const pool = new GradingPool({ script: grading, processes: PROCESSES });
  try {
    await record.begin(old, from);
    const regrade = regraderOf(resolvedConfig(from), (job) => pool.grade(job));
    const evaluations: RegradedEvaluation[] = [];
    for (const { benchmark, step, completions: before } of kept) {
      const told = old.evaluations.find((known) => known.benchmark === benchmark && known.step === step);
      const completions = await inParts(before, regrade);
      evaluations.push(record.evaluation({ benchmark, step }, before, completions, told ?? null));
    }
    await record.finish();
    const seconds = (performance.now() - started) / 1000;
    return { type: 'regraded', from, runFolder: workplace.folder, evaluations, seconds };
  } catch (thrown) {
    await record.fail(runErrorOf(thrown));
    throw thrown;
  } finally {
    record.close();
    await pool.close();
  }
}

/** Throws 'badDataset' where some of them cannot be read: scores of a part would be others. */
function wholeFile(from: string, { file, count }: SampleFile): readonly Completion[] {
  const path = join(from, RUN_FOLDER.samples, file);
  const completions = keptSamples(path, '')?.completions ?? [];
  if (completions.length === count) return completions;
  throw new RunFailure(
    'badDataset',
    said`${path} is damaged: only ${completions.length} of its ${count} completions can be read.`,
    'Measure the checkpoint again.',
  );
}

async function inParts(
  completions: readonly Completion[],
  regrade: (completion: Completion) => Promise<Completion>,
): Promise<Completion[]> {
  const all: Completion[] = [];
  for (let start = 0; start < completions.length; start += TOGETHER)
    all.push(...(await Promise.all(completions.slice(start, start + TOGETHER).map(regrade))));
  return all;
}

/** The new run folder: as any evaluation leaves it, but for the tokens, which stay where they were written. */
class RegradedRecord {
  private readonly workplace: Workplace;
  private readonly log: EventLog;
  private readonly samples: SampleFiles;

  constructor(workplace: Workplace) {
    const { folder, runId, attempt } = workplace;
    this.workplace = workplace;
    this.log = EventLog.open({ path: join(folder, RUN_FOLDER.events), runId, attempt, now: Date.now });
    this.samples = new SampleFiles(folder);
  }

  async begin(old: RunState, from: string): Promise<void> {
    // Not RUN_FOLDER.config: without it nobody can go on here with what that config runs.
    const resolved = join(from, RUN_FOLDER.resolvedConfig);
    if (existsSync(resolved)) write(this.workplace, RUN_FOLDER.resolvedConfig, readFileSync(resolved, 'utf8'));
    const { configPath = from } = (await readLease(from)) ?? {};
    const name = `regrade ${old.name}`.trim().slice(0, 80);
    writeLease(this.workplace, { socketPath: '', name, configPath, recipe: 'evaluate', startedAt: Date.now() });
    const { version, foundBy } = ownRuntime();
    const steps = [...new Set(old.sampleFiles.map(({ step }) => step))].sort((a, b) => a - b);
    this.log.append({
      ...{ type: 'run.started', recipe: 'evaluate', name, task: old.task, parameters: old.parameters },
      ...{ executor: null, runtime: { version, foundBy }, totalSteps: 0, evaluationSteps: steps },
    });
    this.log.append(logged('info', said`Graded anew from the completions that ${from} keeps; nothing was sampled.`));
  }

  evaluation(
    { benchmark, step }: { readonly benchmark: string; readonly step: number },
    before: readonly Completion[],
    completions: readonly Completion[],
    told: Evaluation | null,
  ): RegradedEvaluation {
    const k = told?.identity?.samplesPerProblem ?? told?.scores[0]?.k ?? 1;
    const measured = benchmarkScores(byProblem(completions, k), k);
    // What is no matter of completions stays as it was.
    const known = new Set([...measured, ...benchmarkScores(byProblem(before, k), k)].map(({ name }) => name));
    const scores = [...measured, ...(told?.scores.filter(({ name }) => !known.has(name)) ?? [])];
    const [after] = measured;
    if (!after) throw new Error(`${benchmark} has no score.`);
    const verifierBefore = verifiersOf(before);
    const verifierAfter = verifiersOf(completions) ?? `arithmetic ${VERIFIER_VERSION}`;
    const identity = told?.identity && { ...told.identity, verifier: verifierAfter };
    for (let start = 0; start < completions.length; start += TOGETHER) {
      const part = completions.slice(start, start + TOGETHER);
      this.samples.keep({ type: 'completions.sampled', step, purpose: 'evaluation', benchmark, completions: part });
    }
    const finished = { type: 'evaluation.finished', step, benchmark, scores, ...(identity && { identity }) } as const;
    this.log.append(finished);
    const written: RunEvent | null = this.samples.finish(finished);
    if (written) this.log.append(written);
    const changed = completions.filter(({ verdict }, i) => verdict !== before[i]?.verdict).length;
    const headline: Score | null = told?.scores.find(({ name }) => name === after.name) ?? null;
    const facts = { benchmark, step, completions: completions.length, changed, verifierBefore, verifierAfter };
    return { ...facts, before: headline, after };
  }

  async finish(): Promise<void> {
    this.log.append({ type: 'run.finished', reason: 'completed' });
    this.close();
    await writeExit(this.workplace, { outcome: 'finished', exitCode: 0, time: Date.now() });
  }

  /** Never rejects: what is to be told is why it failed in the first place. */
  async fail(error: RunError): Promise<void> {
    try {
      this.log.append({ type: 'run.failed', error });
      this.close();
      await writeExit(this.workplace, { outcome: 'failed', exitCode: 1, error, time: Date.now() });
    } catch (failure) {
      console.error(`The exit record could not be written: ${runErrorOf(failure).message}`);
    }
  }

  /** May be called twice. */
  close(): void {
    this.samples.close();
    this.log.close();
  }
}

function byProblem(completions: readonly Completion[], k: number): Completion[][] {
  const problems = new Map<number, Completion[]>();
  const inOrder = [...completions].sort((a, b) => completionNumber(a) - completionNumber(b));
  for (const completion of inOrder) {
    const problem = Math.floor(completionNumber(completion) / k);
    problems.set(problem, [...(problems.get(problem) ?? []), completion]);
  }
  return [...problems.values()];
}

const verifiersOf = (completions: readonly Completion[]): string | null =>
  [...new Set(completions.flatMap(({ verifier }) => verifier ?? []))].sort().join(', ') || null;
