/** Watches the story of a training and makes a cell of each evaluation in it. */
import type { Completion, EvaluationFinished, RunEvent } from '../../protocol/events.ts';
import {
  type CellFinished,
  cellName,
  type CellOutcomes,
  type CellTeaching,
  type LadderPlan,
  type LadderTraining,
} from '../../protocol/ladder.ts';
import { sampleFileName } from '../../protocol/runFolder.ts';

export interface WitnessOptions {
  readonly training: LadderTraining;
  readonly plan: Pick<LadderPlan, 'model' | 'evaluations' | 'cells'>;
  readonly teaching: CellTeaching | null;
  /** On a clock that never goes back. */
  readonly seconds: () => number;
}

export class CellWitness {
  private readonly options: WitnessOptions;
  private completions: Completion[] = [];
  private since: number;

  constructor(options: WitnessOptions) {
    this.options = options;
    this.since = options.seconds();
  }

  /** Takes in an event of the training as it was told there; yields the cell that it completes. */
  *see(event: RunEvent): Generator<CellFinished> {
    if (event.type === 'completions.sampled' && event.purpose === 'evaluation')
      this.completions.push(...event.completions);
    if (event.type === 'evaluation.progressed' && event.done === 0) this.completions = [];
    if (event.type === 'evaluation.finished') yield this.cellOf(event);
  }

  /** Throws for a measurement that the plan has no cell for. */
  private cellOf({ step, benchmark, scores }: EvaluationFinished): CellFinished {
    const { training, plan, teaching, seconds } = this.options;
    const { stage, size, seed, firstStep } = training;
    const evaluation = plan.evaluations.find((one) => one.benchmark === benchmark);
    if (!evaluation) throw new Error(`The ladder has no benchmark ${benchmark}.`);
    const key = { model: plan.model, size, seed, stage, step, evaluation: evaluation.id };
    if (!plan.cells.some((cell) => cellName(cell) === cellName(key)))
      throw new Error(`The plan of the ladder has no cell ${cellName(key)}.`);
    const [from, now] = [this.since, seconds()];
    this.since = now;
    const result = {
      key,
      scores,
      outcomes: outcomesOf(this.completions, evaluation.samplesPerProblem),
      completions: { file: sampleFileName(benchmark, firstStep + step), count: this.completions.length },
      teaching,
    };
    return { type: 'cell.finished', result, seconds: now - from };
  }
}

function outcomesOf(completions: readonly Completion[], k: number): CellOutcomes {
  const inOrder = completions.toSorted((a, b) => placeOf(a) - placeOf(b));
  return {
    k,
    verdicts: inOrder.map(({ verdict }) => verdict),
    tokens: inOrder.map(({ tokens }) => tokens),
    finishReasons: inOrder.map(({ finishReason }) => finishReason),
    steps: inOrder.map(({ steps }) => steps && { count: steps.count, wrong: steps.wrong }),
  };
}

const placeOf = ({ id }: Completion): number => Number(id.slice(id.lastIndexOf('-') + 1));
