/** Where tokens are chosen: by the host from logits that come to it, or where the logits are. */
import { chooseProgram } from '../programs/choose.ts';
import type { CompiledPrograms } from '../programs/compiledPrograms.ts';
import { type SampledDetails, type SampledToken, Sampler, type SamplingSettings } from './sampler.ts';

/** How one token is drawn. */
export interface Draw {
  readonly settings: SamplingSettings;
  /** In [0, 1). */
  readonly uniform: number;
}

/** A token to be drawn from one row of logits. */
export interface Pick {
  readonly row: number;
  readonly draw: Draw;
}

/** Logits [rows, V] of the last run of a program: values on the host, or the state that holds them. */
export interface Logits {
  readonly state: string;
  readonly rows: number;
  readonly values: Float32Array | null;
}

export interface Choosing {
  /** Whether programs keep their logits as state. */
  readonly isWhereLogitsAre: boolean;
  /** One token for each pick. Throws where logits are not finite. */
  choose(logits: Logits, picks: readonly Pick[]): Promise<SampledToken[]>;
}

export class ChoosingOnHost implements Choosing {
  readonly isWhereLogitsAre = false;
  private readonly sampler: Sampler;
  private readonly vocabularySize: number;

  constructor(vocabularySize: number) {
    this.sampler = new Sampler(vocabularySize);
    this.vocabularySize = vocabularySize;
  }

  async choose({ state, values }: Logits, picks: readonly Pick[]): Promise<SampledToken[]> {
    const size = this.vocabularySize;
    if (!values) throw new Error(`The logits ${state} did not come to the host.`);
    return picks.map(({ row, draw: { settings, uniform } }) =>
      this.sampler.sample(values.subarray(row * size, (row + 1) * size), settings, uniform),
    );
  }
}

/** Only ids and log-probabilities come to the host. Counts in float32, and cuts equally likely tokens together. */
export class ChoosingInGraph implements Choosing {
  readonly isWhereLogitsAre = true;
  private readonly programs: CompiledPrograms;
  private readonly vocabularySize: number;

  constructor(programs: CompiledPrograms, vocabularySize: number) {
    this.programs = programs;
    this.vocabularySize = vocabularySize;
  }

  async choose({ state, rows }: Logits, picks: readonly Pick[]): Promise<SampledToken[]> {
    const isCut = picks.some(({ draw }) => this.isCut(draw.settings));
    const wide = this.widest(picks);
    const key = `choose/${rows} ${isCut} ${wide} ${state}`;
    const program = await this.programs.get(key, () => chooseProgram(state, rows, isCut, wide));
    const outputs = await program.run(this.inputs(picks, rows, isCut));
    return picks.map(({ draw }, i) => {
      const logProbability = outputs['log_probability']?.[i] ?? NaN;
      if (!Number.isFinite(logProbability))
        throw new Error(`A log-probability is ${logProbability}: the weights are damaged or diverged.`);
      const chosen = { token: outputs['token']?.[i] ?? NaN, logProbability };
      const { alternatives } = draw.settings;
      if (alternatives === undefined) return chosen;
      return { ...chosen, details: detailsOf(outputs, i, wide, Math.min(alternatives, wide)) };
    });
  }

  /** Alternatives that the program tells: at least one where somebody asks for details, as entropy comes with them. */
  private widest(picks: readonly Pick[]): number {
    const asked = picks.flatMap(({ draw }) => draw.settings.alternatives ?? []);
    return asked.length === 0 ? 0 : Math.min(this.vocabularySize, Math.max(1, ...asked));
  }

  private isCut({ temperature, topK, topP }: SamplingSettings): boolean {
    return temperature > 0 && (topP < 1 || (topK > 0 && topK < this.vocabularySize));
  }

  /** Rows behind the last pick take the likeliest token of row 0. */
  private inputs(picks: readonly Pick[], rows: number, isCut: boolean): Record<string, Float32Array | Int32Array> {
    const column = (of: (pick: Pick) => number, otherwise: number): Float32Array =>
      Float32Array.from({ length: rows }, (_, i) => (picks[i] ? of(picks[i]) : otherwise));
    const isGreedy = ({ draw }: Pick): boolean => draw.settings.temperature === 0;
    const numbers = {
      from: Int32Array.from({ length: rows }, (_, i) => picks[i]?.row ?? 0),
      temperature: column((pick) => (isGreedy(pick) ? 1 : pick.draw.settings.temperature), 1),
      uniform: column((pick) => (isGreedy(pick) ? 0 : pick.draw.uniform), 0),
      reach: column((pick) => (isGreedy(pick) ? 0 : UNLIMITED), 0),
    };
    if (!isCut) return numbers;
    return {
      ...numbers,
      top_k: column(({ draw }) => draw.settings.topK || this.vocabularySize, this.vocabularySize),
      top_p: column(({ draw }) => (draw.settings.topP < 1 ? draw.settings.topP : WHOLE), WHOLE),
    };
  }
}

type Outputs = Readonly<Record<string, ArrayLike<number> | undefined>>;

function detailsOf(outputs: Outputs, row: number, wide: number, count: number): SampledDetails {
  const part = (name: string): number[] =>
    Array.from({ length: count }, (_, place) => outputs[name]?.[row * wide + place] ?? NaN);
  return {
    entropy: outputs['entropy']?.[row] ?? NaN,
    alternatives: part('alternatives'),
    alternativeLogProbabilities: part('alternative_log_probabilities'),
  };
}

/** Farther than any logit lies below the largest. */
const UNLIMITED = 3e38;
/** A share of the probability that no set of tokens reaches. */
const WHOLE = 2;
