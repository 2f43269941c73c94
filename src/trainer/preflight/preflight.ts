/** The tool `preflight`: looks at what a config wants to train and says what would ruin it, without a weight or a step. */
import { isNewModel, sequencesPerStep } from '../../config/plan.ts';
import type { ExampleRunConfig } from '../../config/schema.ts';
import { BenchmarkOverlap } from '../../engine/preflight/benchmarkOverlap.ts';
import { ExampleTally } from '../../engine/preflight/exampleTally.ts';
import { HeldOutOverlap } from '../../engine/preflight/heldOutOverlap.ts';
import { LearnedProblems } from '../../engine/preflight/learnedProblems.ts';
import { quantiles } from '../../engine/preflight/lengthStatistics.ts';
import { preflightFindings, type PreflightFacts } from '../../engine/preflight/preflightFindings.ts';
import type { PreflightReport, PreflightSource } from '../../protocol/preflight.ts';
import { diskEstimate, memoryEstimate, trainedModel, workOf } from './estimates.ts';
import { openTraining, type OpenTraining, type PreflightPrograms } from './training.ts';

export interface PreflightOptions {
  readonly config: ExampleRunConfig;
  /** Relative paths of the config start in its folder. */
  readonly configPath: string;
  readonly programs: PreflightPrograms;
  readonly isAll: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

/** Throws the typed failures of model, tokenizer, template and data. */
export async function preflight(options: PreflightOptions): Promise<PreflightReport> {
  const { config, configPath, programs } = options;
  const training = await openTraining(config, configPath, programs);
  try {
    return await look(training, options);
  } finally {
    training.rows.close();
  }
}

async function look(training: OpenTraining, options: PreflightOptions): Promise<PreflightReport> {
  const { config, configPath, isAll, onProgress } = options;
  const { rows } = training;
  const tally = new ExampleTally(rows.limits);
  const overlap = new HeldOutOverlap();
  const contamination = new BenchmarkOverlap(training.benchmarks);
  const learned = new LearnedProblems(rows.limits);
  const counted = await rows.sample({ isAll, onProgress }, (row) => {
    tally.add(row);
    if (row.text !== null) {
      overlap.add(row.text, row.place);
      contamination.add(row.text, row.place);
    }
    if ('example' in row && row.text !== null) learned.add(row.example, row.text);
  });
  const source: PreflightSource = { name: rows.name, ...counted };
  const statistics = tally.result();
  const model = trainedModel(training.model, config);
  const work = workOf(config, model, statistics, source, rows.kind === 'rows');
  const { isHeldOut } = rows;
  const { mostTokens } = rows.limits;
  const lengths = quantiles(statistics.total, BATCHES_SORTED).map((length) => Math.min(length, mostTokens));
  const facts: PreflightFacts = {
    kind: rows.kind,
    source,
    mostTokens,
    onLongExample: rows.limits.onLongExample,
    onBadRow: rows.onBadRow,
    statistics,
    probe: await rows.probe(),
    overlap: isHeldOut ? overlap.result((prompt) => isHeldOut(prompt, work.heldOutShare)) : { count: 0, first: '' },
    contamination: contamination.result(),
    // What tasks and new models take, the config alone tells: it is said beside its other problems.
    maxNewTokens: isHeldOut ? config.evaluation.maxNewTokens : null,
    count: rows.kind === 'rows' && counted.looked === counted.rows ? learned.result(config.evaluation) : null,
    sequencesPerStep: sequencesPerStep(config),
    memory: memoryEstimate(model, config, lengths),
    isMemoryKnown: isNewModel(config.model),
    disk: diskEstimate(model, config, configPath),
    paths: rows.paths,
    passPath: ['training', config.training.microBatchSize === undefined ? 'batchSize' : 'microBatchSize'],
  };
  const { memory, disk } = facts;
  const findings = preflightFindings(facts);
  return { v: 1, source, mostTokens, statistics, work, memory, disk, overlap: facts.overlap, findings };
}

/** Batches that are drawn together and sorted by length. */
const BATCHES_SORTED = 8;
