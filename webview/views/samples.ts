/** Completions to read: filter, search, a list of any length, and the chosen one step by step beside it. */
import { displayLine } from '../../src/protocol/displayText.ts';
import type { Completion } from '../../src/protocol/events.ts';
import type { RunState } from '../../src/protocol/state.ts';
import { element, setAttributes, setQuoted, setShown, setText } from '../dom.ts';
import { Questions } from '../memo.ts';
import type { Model, SampleFile } from '../model.ts';
import type { Stage, Tab, View } from '../stage.ts';
import type { Say, Words } from '../text.ts';
import { Choices, searchField, Segments, type Choice } from '../toolkit.ts';
import { SAMPLE_FILTERS, SAMPLE_ORDERS, type SampleFilter, type SampleOrder } from '../uiState.ts';
import { SampleDetail } from './sampleDetail.ts';
import { countOf, listed } from './sampleFilter.ts';
import { fillSampleRow, SAMPLE_ROW_HEIGHT } from './sampleRow.ts';
import { isWorking } from './specs.ts';
import { VirtualList } from './virtualList.ts';

const LIVE = 'live';
const STREAM_SHOWN = 20_000;

export const samplesTab: Tab = { id: 'samples', title: ({ t }) => t('Samples'), open: (stage) => new Samples(stage) };

class Samples implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #filter: Segments<SampleFilter>;
  readonly #source: Choices<string>;
  readonly #order: Choices<SampleOrder>;
  readonly #note = element('p', 'note');
  readonly #streaming = element('pre', 'streaming');
  readonly #streamBox: HTMLElement;
  readonly #list: VirtualList<Completion>;
  readonly #detail: SampleDetail;
  readonly #split: HTMLElement;
  readonly #questions = new Questions();
  #rows: readonly Completion[] = [];
  #counts: Readonly<Record<SampleFilter, number>> = { all: 0, right: 0, wrong: 0, truncated: 0 };
  #computedFrom: readonly unknown[] = [];

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    const filters = SAMPLE_FILTERS.map((value) => ({ value, label: filterName(t, value) }));
    this.#filter = new Segments(t('Show'), filters, (sampleFilter) => stage.choose({ sampleFilter }));
    this.#source = new Choices<string>(t('Source'), (chosen) => this.#chooseSource(chosen));
    this.#order = new Choices<SampleOrder>(t('Sort'), (sampleOrder) => stage.choose({ sampleOrder }));
    const search = searchField(t('Find in prompts and completions'), stage.ui.sampleSearch, (sampleSearch) =>
      stage.choose({ sampleSearch }),
    );
    this.#list = new VirtualList(this.#listLook(), 'sample');
    this.#detail = new SampleDetail(stage);
    this.#streamBox = element('section', 'stream-box', element('h2', '', t('Sampling now')), this.#streaming);
    this.#split = element('div', 'split', this.#list.element, this.#detail.element);
    const tools = element('div', 'tools', this.#filter.element, search, this.#source.element, this.#order.element);
    this.element = element('div', 'view samples', tools, this.#streamBox, this.#note, this.#split);
  }

  draw(model: Model): void {
    const { ui, words } = this.#stage;
    this.#askForFile(model);
    const file = ui.sampleFile === null ? null : (model.files.get(ui.sampleFile) ?? null);
    this.#compute(model, file);
    this.#drawTools(model.run);
    this.#drawNote(model.run, file);
    this.#drawStream(model);
    setShown(this.#split, this.#rows.length > 0);
    const chosen = this.#rows.find(({ id }) => id === ui.sampleChosen) ?? this.#rows[0];
    this.#list.show(this.#rows, chosen?.id ?? null);
    if (chosen) this.#detail.draw(chosen, words);
  }

  dispose(): void {
    this.#list.dispose();
  }

  #listLook(): ConstructorParameters<typeof VirtualList<Completion>>[0] {
    const { words, choose, post } = this.#stage;
    return {
      label: words.t('Completions. Enter opens the chosen one beside the code.'),
      rowHeight: SAMPLE_ROW_HEIGHT,
      keyOf: ({ id }) => id,
      fill: (node, completion) => fillSampleRow(node, completion, words),
      onChoose: ({ id }) => choose({ sampleChosen: id }),
      onOpen: ({ id }) => post({ type: 'openCompletion', id }),
    };
  }

  #chooseSource(chosen: string): void {
    this.#stage.choose({ sampleFile: chosen === LIVE ? null : chosen, sampleChosen: null });
  }

  /** A file is asked for once per snapshot; a file that is no longer in the run's list gives way to the live samples. */
  #askForFile({ run, files, revision }: Model): void {
    const file = this.#stage.ui.sampleFile;
    if (file === null || revision === 0) return;
    if (!run.sampleFiles.some((known) => known.file === file)) {
      this.#stage.choose({ sampleFile: null });
      return;
    }
    if (!files.has(file)) this.#questions.once(revision, file, () => this.#stage.post({ type: 'loadSamples', file }));
  }

  /** Filters and sorts again only when something it depends on changed. */
  #compute({ run, revision }: Model, file: SampleFile | null): void {
    const { sampleFile, sampleFilter, sampleSearch, sampleOrder } = this.#stage.ui;
    const source = sampleFile === null ? run.completions : (file?.completions ?? []);
    const from = [revision, source, source.length, source[0], sampleFilter, sampleSearch, sampleOrder];
    if (from.every((part, at) => part === this.#computedFrom[at])) return;
    this.#computedFrom = from;
    this.#rows = listed(source, { sampleFilter, sampleSearch, sampleOrder }, sampleFile === null);
    this.#counts = {
      all: source.length,
      right: countOf(source, 'right'),
      wrong: countOf(source, 'wrong'),
      truncated: countOf(source, 'truncated'),
    };
  }

  #drawTools(run: RunState): void {
    const { ui, words } = this.#stage;
    const { t, count } = words;
    this.#filter.show(ui.sampleFilter, (value) => `${filterName(t, value)} ${count(this.#counts[value])}`);
    this.#source.show(ui.sampleFile ?? LIVE, sourceChoices(run, words));
    this.#order.show(
      ui.sampleOrder,
      SAMPLE_ORDERS.map((value) => ({ value, label: orderName(t, value) })),
    );
  }

  #drawNote(run: RunState, file: SampleFile | null): void {
    const note = this.#noteOf(run, file);
    setShown(this.#note, note !== '');
    setText(this.#note, note);
  }

  #noteOf(run: RunState, file: SampleFile | null): string {
    const { ui, words } = this.#stage;
    const { t } = words;
    if (file?.problem) return displayLine(file.problem, 400);
    if (ui.sampleFile !== null && !file) return t('Reading {0} …', displayLine(ui.sampleFile, 80));
    if (this.#rows.length > 0) return '';
    if (this.#counts.all > 0) return t('No completion passes filter and search.');
    return isWorking(run)
      ? t('Completions appear here at the first look during training.')
      : t('This run has no sampled completions. An evaluation’s completions are under Source.');
  }

  #drawStream({ streaming }: Model): void {
    setShown(this.#streamBox, streaming !== null);
    if (streaming === null) return;
    setQuoted(this.#streaming, streaming.text.slice(-STREAM_SHOWN));
    setAttributes(this.#streaming, { tabindex: '0', role: 'group', 'aria-label': this.#stage.words.t('Sampling now') });
  }
}

function sourceChoices(run: RunState, { t, count }: Words): Choice<string>[] {
  const files = run.sampleFiles.toReversed().map(({ file, step, benchmark, count: size }) => ({
    value: file,
    label: t('{0}, step {1} ({2})', displayLine(benchmark, 40), count(step), count(size)),
  }));
  return [{ value: LIVE, label: t('Live samples ({0})', count(run.completions.length)) }, ...files];
}

function filterName(t: Say, filter: SampleFilter): string {
  switch (filter) {
    case 'all':
      return t('All');
    case 'right':
      return t('Right');
    case 'wrong':
      return t('Wrong');
    case 'truncated':
      return t('Truncated');
    default:
      return filter satisfies never;
  }
}

function orderName(t: Say, order: SampleOrder): string {
  switch (order) {
    case 'newest':
      return t('newest');
    case 'oldest':
      return t('oldest');
    case 'longest':
      return t('longest');
    default:
      return order satisfies never;
  }
}
