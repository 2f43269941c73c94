/** Length against correctness: how long the right and the wrong completions of an evaluation are, as a picture, a sentence and a table. */
import { histogram } from '../charts/histogram.ts';
import { element, setAttributes, setShown, setText } from '../dom.ts';
import { Memo } from '../memo.ts';
import type { Model } from '../model.ts';
import type { Stage, View } from '../stage.ts';
import { NumberTable } from '../table.ts';
import { EvaluationPicker } from './evaluationPicker.ts';
import { lengthsOf, lengthSummary, type Lengths } from './lengthBins.ts';

export class LengthsView implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #picker: EvaluationPicker;
  readonly #note = element('p', 'note');
  readonly #summary = element('p', 'summary');
  readonly #picture = element('div', 'histogram-box');
  readonly #table: NumberTable;
  readonly #box: HTMLElement;
  readonly #lengths = new Memo<Lengths>();
  #drawn: Lengths | null = null;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#picker = new EvaluationPicker(stage);
    this.#table = new NumberTable(t('Completions by length'), 'lengths');
    setAttributes(this.#picture, { role: 'img' });
    const axis = element('span', 'note', t('tokens'));
    const figure = element('figure', 'histogram-figure', this.#legend(), this.#picture, axis);
    this.#box = element('div', 'beside', figure, this.#table.element);
    const tools = element('div', 'tools', this.#picker.element);
    this.element = element('div', 'page', tools, this.#note, this.#summary, this.#box);
  }

  draw(model: Model): void {
    const { read, note } = this.#picker.draw(model);
    const lengths = this.#lengths.of([read], () => lengthsOf(read?.problems ?? []));
    const { words } = this.#stage;
    const summary = lengthSummary(lengths, words);
    const isEmpty = lengths.bins.length === 0;
    const empty = read !== null && isEmpty ? words.t('This evaluation kept no completions that were graded.') : '';
    setText(this.#note, note || empty);
    setShown(this.#note, (note || empty) !== '');
    setText(this.#summary, summary);
    setShown(this.#summary, summary !== '');
    setShown(this.#box, !isEmpty);
    if (lengths !== this.#drawn && !isEmpty) this.#show(lengths, summary);
    this.#drawn = lengths;
  }

  dispose(): void {
    this.#picture.replaceChildren();
  }

  #legend(): HTMLElement {
    const { t } = this.#stage.words;
    const entry = (name: string, words: string): HTMLElement =>
      element('span', 'legend-entry', element('i', `swatch ${name}`), words);
    return element(
      'figcaption',
      'chart-legend',
      ...[entry('above', t('right')), entry('below', t('wrong')), entry('marked', t('wrong and truncated'))],
    );
  }

  #show({ bins }: Lengths, summary: string): void {
    const { words } = this.#stage;
    const { t, count, shortPercent } = words;
    setAttributes(this.#picture, { 'aria-label': summary });
    const bars = bins.map(({ from, to, right, wrong, cut }) => ({ from, to, above: right, below: wrong, marked: cut }));
    this.#picture.replaceChildren(histogram(bars, count));
    this.#table.show(
      [t('tokens'), t('right'), t('wrong'), t('truncated'), t('share right')],
      bins
        .filter(({ right, wrong }) => right + wrong > 0)
        .map(({ from, to, right, wrong, cut }) => [
          to - from === 1 ? count(from) : `${count(from)}\u00a0–\u00a0${count(to - 1)}`,
          count(right),
          count(wrong),
          count(cut),
          shortPercent(right / (right + wrong)),
        ]),
      true,
    );
  }
}
