/** A chart as a reader meets it: caption with the value, picture, keyboard walk through the points, table on demand. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { element, setAttributes, setShown, setText } from '../dom.ts';
import type { Stage } from '../stage.ts';
import { toggleButton } from '../toolkit.ts';
import { columnsOf, type Columns } from './columns.ts';
import { hasPoints, signatureOf, type ChartSpec } from './chartSpec.ts';
import { ChartTable } from './chartTable.ts';
import { Plot } from './plot.ts';
import { bounds, walk, zoomAround } from './walk.ts';

export interface ChartFrame {
  readonly title: string;
  /** The spelling in the event log, shown small beside the title. */
  readonly name?: string;
  readonly height: number;
}

const EMPTY: ChartSpec = {
  revision: 0,
  lines: [],
  format: String,
  formatAxis: String,
  span: [0, 0],
  includes: [],
  empty: '',
};

export class Chart {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #height: number;
  readonly #title: string;
  readonly #reading = element('span', 'chart-reading');
  readonly #legend = element('span', 'chart-legend');
  readonly #picture = element('div', 'chart-picture');
  readonly #canvas = element('div', 'chart-canvas');
  readonly #empty = element('p', 'empty');
  readonly #table: ChartTable;
  readonly #toggle: HTMLButtonElement;
  readonly #observers: { disconnect(): void }[] = [];
  #spec = EMPTY;
  #drawn = '';
  #shape = '';
  #plot: Plot | null = null;
  #columns: Columns = { x: [], lines: [] };
  #isInView = false;
  #row: number | null = null;
  #zoom: readonly [number, number] | null = null;

  constructor(stage: Stage, { title, name, height }: ChartFrame) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#height = height;
    this.#title = title;
    this.#table = new ChartTable(stage.words, title);
    this.#toggle = toggleButton(t('Show table'), t('Hide table'), (isOn) => this.#table.show(isOn));
    this.#empty.style.height = `${height}px`;
    const caption = element('figcaption', 'chart-caption', element('strong', '', title));
    if (name && name !== title) caption.append(element('code', 'chart-name', displayLine(name, 80)));
    caption.append(this.#legend, this.#reading);
    this.#picture.append(this.#canvas, this.#empty);
    this.element = element('figure', 'chart', caption, this.#picture, this.#toggle, this.#table.element);
    this.#prepareKeyboard();
    this.#observe();
  }

  /** Takes the newest data; draws if it changed and is in view. */
  update(spec: ChartSpec): void {
    if (spec.revision !== this.#spec.revision) this.#zoom = null;
    this.#spec = spec;
    this.#draw();
  }

  dispose(): void {
    for (const observer of this.#observers) observer.disconnect();
    this.#plot?.dispose();
  }

  #prepareKeyboard(): void {
    const { t } = this.#stage.words;
    setAttributes(this.#picture, {
      role: 'application',
      tabindex: '0',
      'aria-roledescription': t('chart'),
      'aria-label': t('{0}. Arrow keys read the points, plus and minus zoom, Escape shows all.', this.#title),
    });
    this.#canvas.ariaHidden = 'true';
    this.#picture.addEventListener('keydown', (event) => {
      if (this.#press(event.key)) event.preventDefault();
    });
    this.#picture.addEventListener('dblclick', () => this.#zoomTo(null));
  }

  #observe(): void {
    const inView = new IntersectionObserver(([entry]) => {
      this.#isInView = entry?.isIntersecting ?? false;
      this.#draw();
    });
    const resized = new ResizeObserver(() => this.#resize());
    inView.observe(this.#picture);
    resized.observe(this.#picture);
    const off = this.#stage.theme.onDidChange(() => this.#recolour());
    this.#observers.push(inView, resized, { disconnect: off });
  }

  #press(key: string): boolean {
    const zoom = zoomAround(key, this.#row, this.#columns.x);
    if (zoom !== undefined) this.#zoomTo(zoom);
    const row = walk(key, this.#row, this.#columns.x.length);
    if (row !== null) this.#goTo(row);
    return zoom !== undefined || row !== null;
  }

  #goTo(row: number): void {
    this.#plot?.point(row);
    this.#row = row;
    this.#stage.announce(this.#describe(row, true));
  }

  #zoomTo(range: readonly [number, number] | null): void {
    this.#zoom = range && bounds(range);
    this.#row = null;
    this.#drawn = '';
    this.#draw();
    if (range === null) this.#stage.announce(this.#stage.words.t('All steps shown'));
  }

  #draw(): void {
    const signature = signatureOf(this.#spec);
    if (!this.#isInView || signature === this.#drawn) return;
    this.#drawn = signature;
    const isFilled = hasPoints(this.#spec);
    setShown(this.#empty, !isFilled);
    setShown(this.#canvas, isFilled);
    setShown(this.#toggle, isFilled);
    setText(this.#empty, this.#spec.empty);
    if (isFilled) this.#show();
    this.#table.update(this.#spec);
    this.#read(this.#row);
  }

  #show(): void {
    this.#columns = columnsOf(this.#spec.lines, this.#zoom);
    this.#fitPlot();
    this.#plot?.show(this.#columns, this.#zoom ?? this.#spec.span);
    this.#drawLegend();
  }

  /** uPlot fixes its lines when it is made: other lines want another plot. */
  #fitPlot(): void {
    const lines = this.#spec.lines.map((line) => ({
      isSmoothed: line.smoothing > 0,
      hasBand: line.intervals?.some((interval) => interval !== null) ?? false,
      hasPoints: line.intervals !== undefined || line.steps.length <= 24,
    }));
    const shape = JSON.stringify([lines, this.#spec.includes]);
    if (this.#plot && shape === this.#shape) return;
    this.#shape = shape;
    this.#plot?.dispose();
    const { formatAxis: format, includes } = this.#spec;
    const formatStep = this.#stage.words.count;
    const onRow = (row: number | null): void => this.#read(row);
    const onZoom = (from: number, to: number): void => this.#zoomTo([from, to]);
    const size = { width: this.#width(), height: this.#height };
    this.#plot = new Plot(
      this.#canvas,
      size,
      { lines, format, formatStep, includes, onRow, onZoom },
      this.#stage.theme,
    );
  }

  #width(): number {
    return Math.max(120, Math.floor(this.#picture.clientWidth));
  }

  #resize(): void {
    if (this.#picture.clientWidth > 0) this.#plot?.resize(this.#width(), this.#height);
  }

  #recolour(): void {
    this.#plot?.recolour();
  }

  #drawLegend(): void {
    const { lines } = this.#spec;
    const isNeeded = lines.length > 1;
    const text = lines.map(({ label }) => label).join('|');
    setShown(this.#legend, isNeeded);
    if (!isNeeded || this.#legend.dataset['lines'] === text) return;
    this.#legend.dataset['lines'] = text;
    this.#legend.replaceChildren(
      ...lines.map(({ label }, at) => element('span', `legend-entry line-${at % 4}`, element('i'), label)),
    );
  }

  #read(row: number | null): void {
    const last = this.#columns.x.length - 1;
    this.#row = row;
    this.element.classList.toggle('is-read', row !== null);
    if (!hasPoints(this.#spec)) setText(this.#reading, '');
    else setText(this.#reading, row === null ? this.#newest() : this.#describe(Math.min(row, last), false));
  }

  /** The last value of the first line that has one, without its step. */
  #newest(): string {
    const bold = this.#columns.lines[0]?.bold.findLast((cell) => typeof cell === 'number');
    return this.#spec.lines.length === 1 && typeof bold === 'number' ? this.#spec.format(bold) : '';
  }

  /** For the ear in words, for the eye in signs. */
  #describe(row: number, isSpoken: boolean): string {
    const { t, count } = this.#stage.words;
    const values = this.#columns.lines.flatMap((line, at) => this.#describeCell(line, at, row, isSpoken));
    return [t('step {0}', count(this.#columns.x[row] ?? 0)), ...values].join(' · ');
  }

  #describeCell(line: Columns['lines'][number], at: number, row: number, isSpoken: boolean): string[] {
    const { t } = this.#stage.words;
    const [raw, bold, low, high] = [line.raw[row], line.bold[row], line.low[row], line.high[row]];
    const spec = this.#spec.lines[at];
    if (raw === undefined) return [];
    const label = this.#spec.lines.length > 1 ? `${spec?.label ?? ''} ` : '';
    if (raw === null) return [`${label}${t('not a finite number')}`];
    const { format } = this.#spec;
    const parts = [`${label}${format(raw)}`];
    if ((spec?.smoothing ?? 0) > 0 && typeof bold === 'number') parts.push(t('smoothed {0}', format(bold)));
    if (typeof low !== 'number' || typeof high !== 'number') return parts;
    if (isSpoken) return [...parts, t('95 % between {0} and {1}', format(low), format(high))];
    return [`${parts.join(' · ')} (${format(low)} – ${format(high)})`];
  }
}
