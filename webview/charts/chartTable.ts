/** The table under a chart: hidden until asked for, renewed at most once a second while the run goes on. */
import { element, setShown, setText } from '../dom.ts';
import { NumberTable } from '../table.ts';
import type { Words } from '../text.ts';
import { signatureOf, type ChartSpec } from './chartSpec.ts';
import { tableOf } from './tableRows.ts';

const RENEWED_EVERY_MS = 1000;

export class ChartTable {
  readonly element = element('div', 'chart-table');
  readonly #words: Words;
  readonly #table: NumberTable;
  readonly #note = element('p', 'note');
  #spec: ChartSpec | null = null;
  #filled = '';
  #filledAt = -RENEWED_EVERY_MS;
  #later = 0;

  constructor(words: Words, title: string) {
    this.#words = words;
    this.#table = new NumberTable(words.t('Table: {0}', title));
    this.element.append(this.#note, this.#table.element);
    this.element.hidden = true;
  }

  show(isShown: boolean): void {
    setShown(this.element, isShown);
    if (this.#spec) this.update(this.#spec);
  }

  update(spec: ChartSpec): void {
    this.#spec = spec;
    const signature = signatureOf(spec);
    if (this.element.hidden || signature === this.#filled) return;
    clearTimeout(this.#later);
    const wait = this.#filledAt + RENEWED_EVERY_MS - performance.now();
    if (wait > 0) {
      this.#later = setTimeout(() => this.update(this.#spec ?? spec), wait);
      return;
    }
    this.#filled = signature;
    this.#filledAt = performance.now();
    this.#fill(spec);
  }

  #fill(spec: ChartSpec): void {
    const { head, rows, note } = tableOf(spec, this.#words);
    setShown(this.#note, note !== '');
    setText(this.#note, note);
    this.#table.show(head, rows);
  }
}
