/** What a piece of advice changes in the config of a ladder; nothing where none of its keys can follow it. */
import type { AdviceKind, FakeValleyCheck, Finding, LadderVerdict } from '../../protocol/verdict.ts';
import { PAPER_SIZES } from '../composeLadder.ts';
import { exampleLengths } from '../lengths.ts';
import type { LadderConfig } from '../schema.ts';
import type { Change } from './editConfig.ts';

export type LadderAdvice = Exclude<AdviceKind, 'shortTraces' | 'stopHere'>;

export interface Advised {
  readonly config: LadderConfig;
  readonly verdict: LadderVerdict;
  /** What makes a false valley, for `mendMeasurement`. */
  readonly cause: FakeValleyCheck | null;
}

export function ladderChanges(kind: LadderAdvice, advised: Advised): readonly Change[] {
  switch (kind) {
    case 'mendMeasurement':
      return mend(advised);
    case 'moreProblems':
      return problems(advised, advised.verdict.problems + (openFinding(advised.verdict)?.needed?.problems ?? 0));
    case 'moreSeeds':
      return moreSeeds(advised);
    case 'moreData':
      return moreData(advised);
    case 'startRl':
      return startRl(advised);
    case 'measureControl':
      return [...set(['shortControl'], true), ...withoutChoice(advised)];
    default:
      return kind satisfies never;
  }
}

/** The first question that is open and can be decided by measuring more. */
export const openFinding = ({ valley, recovered, morePays }: LadderVerdict): Finding | undefined =>
  [valley, recovered, morePays].find(({ holds, needed }) => holds === 'notDecided' && needed !== null);

const set = (path: readonly string[], value: unknown): Change[] => [{ path, value }];

/** Trainings that are new are done in any case. */
const withoutChoice = ({ config }: Advised): Change[] => (config.only.length > 0 ? set(['only'], []) : []);

const problems = ({ config }: Advised, wanted: number): Change[] =>
  wanted > config.evaluation.problems ? set(['evaluation', 'problems'], Math.ceil(wanted)) : [];

const MOST_SEEDS = 20;

function moreSeeds(advised: Advised): Change[] {
  const { config, verdict } = advised;
  const wanted = Math.min(MOST_SEEDS, verdict.seeds + (openFinding(verdict)?.needed?.seeds ?? 0));
  const missing = Math.max(0, wanted - config.seeds.length);
  if (missing === 0) return [];
  const next = Math.max(...config.seeds) + 1;
  return [
    ...set(['seeds'], [...config.seeds, ...Array.from({ length: missing }, (_, at) => next + at)]),
    ...withoutChoice(advised),
  ];
}

const MOST_RUNGS = 50;

function moreData(advised: Advised): Change[] {
  const { sizes, schedule, rungs } = advised.config;
  const largest = sizes.at(-1) ?? 0;
  const next = schedule === 'paper' ? PAPER_SIZES.find((size) => size > largest) : 2 * largest;
  if (next === undefined || sizes.length >= MOST_RUNGS) return [];
  const own = rungs.find(({ size }) => size === largest);
  return [
    ...set(['sizes'], [...sizes, next]),
    ...(schedule === 'custom' && own ? set(['rungs'], [...rungs, { ...own, size: next }]) : []),
    ...withoutChoice(advised),
  ];
}

/** From where it ends highest; where it was not tried yet, from the recovery and from the untouched model. */
function startRl(advised: Advised): Change[] {
  const { config, verdict } = advised;
  const from = verdict.rl.from === null ? [0, verdict.recoverySize ?? 0] : [verdict.rl.from];
  const known = from.filter((size) => size === 0 || config.sizes.includes(size));
  if (known.length < from.length) return [];
  if (config.grpo) return [...set(['grpo', 'from'], known), ...withoutChoice(advised)];
  const { maxNewTokens } = config.evaluation;
  return [...set(['grpo'], { from: known, rollout: { maxNewTokens } }), ...withoutChoice(advised)];
}

/** A limit must leave room for answers that are longer than any that was taught. */
const ROOM = 1.5;

function mend(advised: Advised): Change[] {
  const { config, verdict, cause } = advised;
  const { longestTaught = 0, half = 0 } = cause?.numbers ?? {};
  if (cause === null) return [];
  switch (cause.name) {
    case 'evaluationCap':
      return set(['evaluation', 'maxNewTokens'], Math.min(roundUp(ROOM * longestTaught), roomOf(config)));
    case 'tooFewItems':
      // The width falls with the root of the number; twice what matters is the widest that tells something.
      return problems(advised, roundUp(verdict.problems * (half / (2 * verdict.matters)) ** 2));
    case 'packingLeaks':
      return set(['training', 'packing'], false);
    case 'endNeverLearned':
    case 'padMasksEnd':
    case 'truncatedAnswers':
    case 'templateMismatch':
    case 'dataOverlap':
      return [];
    default:
      return cause.name satisfies never;
  }
}

const roundUp = (value: number): number => Math.ceil(value / 10) * 10;

/** Tokens that a new base can write behind the longest prompt; a given one tells its room when it is read. */
function roomOf({ base, task }: LadderConfig): number {
  if (!('model' in base)) return Number.POSITIVE_INFINITY;
  return base.model.maxPositionEmbeddings - exampleLengths({ ...task, trace: 'long' }).prompt;
}
