/** What the reader chose: tab, filters, selection. Kept by the editor while the panel is hidden, never sent. */

export const TABS = ['overview', 'curves', 'samples', 'scores', 'log'] as const;
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
  };
}

/** The value if the list has it, else the fallback. */
export function oneOf<Value extends string>(list: readonly Value[], value: unknown, fallback: Value): Value {
  return list.find((known) => known === value) ?? fallback;
}
