/** What the reader chose: tab, filters, selection. Kept by the editor while the panel is hidden, never sent. */
import type { ToPanel } from '../src/protocol/panel.ts';
import { pairKey, referenceKey } from './references.ts';

export const TABS = ['overview', 'verdict', 'curves', 'samples', 'groups', 'scores', 'log'] as const;
export type TabId = (typeof TABS)[number];

export const SAMPLE_FILTERS = ['all', 'right', 'wrong', 'truncated'] as const;
export type SampleFilter = (typeof SAMPLE_FILTERS)[number];

export const SAMPLE_ORDERS = ['newest', 'oldest', 'longest'] as const;
export type SampleOrder = (typeof SAMPLE_ORDERS)[number];

export const LOG_FILTERS = ['all', 'warnings', 'errors'] as const;
export type LogFilter = (typeof LOG_FILTERS)[number];

/** Weight of the past in the smoothed line. */
export const SMOOTHINGS = ['0', '0.6', '0.9', '0.97'] as const;
export type Smoothing = (typeof SMOOTHINGS)[number];

/** Pages of the tab Scores. */
export const SCORE_PAGES = ['board', 'curves', 'problems', 'flips', 'lengths'] as const;
export type ScorePage = (typeof SCORE_PAGES)[number];

export const BOARD_RUNS = ['this', 'all'] as const;
export type BoardRuns = (typeof BOARD_RUNS)[number];

export const BOARD_ORDERS = ['steps', 'best'] as const;
export type BoardOrder = (typeof BOARD_ORDERS)[number];

/** Problems all of whose completions are right, some or none; or of which any was cut. */
export const PROBLEM_FILTERS = ['all', 'solved', 'mixed', 'unsolved', 'truncated'] as const;
export type ProblemFilter = (typeof PROBLEM_FILTERS)[number];

export const PROBLEM_ORDERS = ['measured', 'hardest', 'longest'] as const;
export type ProblemOrder = (typeof PROBLEM_ORDERS)[number];

export const FLIP_FILTERS = ['all', 'fixed', 'broken'] as const;
export type FlipFilter = (typeof FLIP_FILTERS)[number];

/** The smallest difference that matters, in points. */
export const POINTS = ['1', '2', '5', '10'] as const;
export type Points = (typeof POINTS)[number];

export interface UiState {
  tab: TabId;
  sampleFilter: SampleFilter;
  sampleSearch: string;
  sampleOrder: SampleOrder;
  /** A file of the run's list; null for the live samples. */
  sampleFile: string | null;
  /** Id of the chosen completion; null follows the first row. */
  sampleChosen: string | null;
  logFilter: LogFilter;
  logSearch: string;
  smoothing: Smoothing;
  curveSearch: string;
  /** Group of completions that is looked at, and the step of its rollout; empty for the newest. */
  groupChosen: string;
  groupStep: string;
  /** `id` of the evaluation whose verdict is shown; empty for the first. */
  judged: string;
  scorePage: ScorePage;
  /** Empty for the first. */
  benchmark: string;
  /** Name of a score; empty for the headline. */
  score: string;
  boardRuns: BoardRuns;
  boardOrder: BoardOrder;
  /** `fileKey` of the evaluation whose problems are looked at; empty for the newest. */
  evaluation: string;
  problemFilter: ProblemFilter;
  problemSearch: string;
  problemOrder: ProblemOrder;
  /** Place of the chosen problem in its evaluation. */
  problemChosen: string;
  /** `referenceKey` of what is compared with what; empty for what suggests itself. */
  before: string;
  after: string;
  points: Points;
  /** `pairKey` of what was asked for last; not kept, for only a person starts a comparison. */
  compared: string;
  flipFilter: FlipFilter;
  flipChosen: string;
}

const FRESH: UiState = {
  tab: 'overview',
  sampleFilter: 'all',
  sampleSearch: '',
  sampleOrder: 'newest',
  sampleFile: null,
  sampleChosen: null,
  logFilter: 'all',
  logSearch: '',
  smoothing: '0.9',
  curveSearch: '',
  groupChosen: '',
  groupStep: '',
  judged: '',
  scorePage: 'board',
  benchmark: '',
  score: '',
  boardRuns: 'this',
  boardOrder: 'steps',
  evaluation: '',
  problemFilter: 'all',
  problemSearch: '',
  problemOrder: 'measured',
  problemChosen: '',
  before: '',
  after: '',
  points: '5',
  compared: '',
  flipFilter: 'all',
  flipChosen: '',
};

/** The kept state, field by field; what an older or damaged state lacks starts fresh. */
export function restoreUi(kept: unknown): UiState {
  const from: Readonly<Record<string, unknown>> = typeof kept === 'object' && kept !== null ? { ...kept } : {};
  const text = (name: keyof UiState): string => (typeof from[name] === 'string' ? from[name] : '');
  return {
    tab: oneOf(TABS, from['tab'], FRESH.tab),
    sampleFilter: oneOf(SAMPLE_FILTERS, from['sampleFilter'], FRESH.sampleFilter),
    sampleSearch: text('sampleSearch'),
    sampleOrder: oneOf(SAMPLE_ORDERS, from['sampleOrder'], FRESH.sampleOrder),
    sampleFile: text('sampleFile') || null,
    sampleChosen: text('sampleChosen') || null,
    logFilter: oneOf(LOG_FILTERS, from['logFilter'], FRESH.logFilter),
    logSearch: text('logSearch'),
    smoothing: oneOf(SMOOTHINGS, from['smoothing'], FRESH.smoothing),
    curveSearch: text('curveSearch'),
    groupChosen: text('groupChosen'),
    groupStep: text('groupStep'),
    judged: text('judged'),
    scorePage: oneOf(SCORE_PAGES, from['scorePage'], FRESH.scorePage),
    benchmark: text('benchmark'),
    score: text('score'),
    boardRuns: oneOf(BOARD_RUNS, from['boardRuns'], FRESH.boardRuns),
    boardOrder: oneOf(BOARD_ORDERS, from['boardOrder'], FRESH.boardOrder),
    evaluation: text('evaluation'),
    problemFilter: oneOf(PROBLEM_FILTERS, from['problemFilter'], FRESH.problemFilter),
    problemSearch: text('problemSearch'),
    problemOrder: oneOf(PROBLEM_ORDERS, from['problemOrder'], FRESH.problemOrder),
    problemChosen: text('problemChosen'),
    before: text('before'),
    after: text('after'),
    points: oneOf(POINTS, from['points'], FRESH.points),
    compared: FRESH.compared,
    flipFilter: oneOf(FLIP_FILTERS, from['flipFilter'], FRESH.flipFilter),
    flipChosen: text('flipChosen'),
  };
}

/** What a message of the host makes the panel show. */
export function uiFor(message: ToPanel): Partial<UiState> {
  if (message.type !== 'showComparison') return {};
  const { pair } = message;
  return {
    ...{ tab: 'scores', scorePage: 'flips', flipFilter: 'all', flipChosen: '' },
    before: referenceKey(pair.before),
    after: referenceKey(pair.after),
    points: oneOf(POINTS, String(Math.round(pair.matters * 100)), FRESH.points),
    compared: pairKey(pair),
  };
}

/** The value if the list has it, else the fallback. */
export function oneOf<Value extends string>(list: readonly Value[], value: unknown, fallback: Value): Value {
  return list.find((known) => known === value) ?? fallback;
}
