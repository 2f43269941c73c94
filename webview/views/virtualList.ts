/** A list of any length that makes only the rows in sight: a listbox with one choice, walked by the arrow keys. */
import { element, setAttributes, setShown } from '../dom.ts';
import { rowAfter, scrollTo, windowOf } from './window.ts';

export interface ListLook<Row> {
  readonly label: string;
  /** Pixels; every row has this height. */
  readonly rowHeight: number;
  /** What makes a row the same row in another list; compared by `===`. */
  readonly keyOf: (row: Row) => unknown;
  /** Writes a row into its element, which may have shown another row before. */
  readonly fill: (node: HTMLElement, row: Row) => void;
  readonly onChoose: (row: Row) => void;
  /** Enter or double click. */
  readonly onOpen: (row: Row) => void;
}

export class VirtualList<Row> {
  readonly element = element('div', 'list');
  readonly #look: ListLook<Row>;
  readonly #space = element('div', 'list-space');
  readonly #made: HTMLElement[] = [];
  readonly #resized: ResizeObserver;
  readonly #prefix: string;
  #rows: readonly Row[] = [];
  #chosen = -1;
  #anchor: { key: unknown; offset: number } | null = null;

  constructor(look: ListLook<Row>, prefix: string) {
    this.#look = look;
    this.#prefix = prefix;
    this.element.append(this.#space);
    setAttributes(this.element, { role: 'listbox', tabindex: '0', 'aria-label': look.label });
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#press(event));
    this.element.addEventListener('click', (event) => this.#click(event, look.onChoose));
    this.element.addEventListener('dblclick', (event) => this.#click(event, look.onOpen));
    this.#resized = new ResizeObserver(() => this.#draw());
    this.#resized.observe(this.element);
  }

  /** Shows these rows. What the reader looks at stays where it is when rows come in above it. */
  show(rows: readonly Row[], chosenKey: unknown): void {
    const areNew = rows !== this.#rows;
    this.#rows = rows;
    this.#chosen = chosenKey === null ? -1 : rows.findIndex((row) => this.#look.keyOf(row) === chosenKey);
    if (areNew) {
      this.#space.style.height = `${rows.length * this.#look.rowHeight}px`;
      this.#restoreAnchor();
    }
    this.#draw();
  }

  dispose(): void {
    this.#resized.disconnect();
  }

  #scrolled(): void {
    const { scrollTop } = this.element;
    const at = Math.floor(scrollTop / this.#look.rowHeight);
    const row = this.#rows[at];
    this.#anchor =
      at === 0 || row === undefined
        ? null
        : { key: this.#look.keyOf(row), offset: scrollTop - at * this.#look.rowHeight };
    this.#draw();
  }

  #restoreAnchor(): void {
    const anchor = this.#anchor;
    if (anchor === null) return;
    const at = this.#rows.findIndex((row) => this.#look.keyOf(row) === anchor.key);
    if (at >= 0) this.element.scrollTop = at * this.#look.rowHeight + anchor.offset;
  }

  #press(event: KeyboardEvent): void {
    const chosen = this.#rows[this.#chosen];
    if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault();
      this.#look.onOpen(chosen);
      return;
    }
    const { clientHeight, scrollTop } = this.element;
    const page = Math.max(1, Math.floor(clientHeight / this.#look.rowHeight) - 1);
    const to = rowAfter(event.key, this.#chosen, this.#rows.length, page);
    const row = to === null ? undefined : this.#rows[to];
    if (to === null || row === undefined) return;
    event.preventDefault();
    this.element.scrollTop = scrollTo(to, scrollTop, clientHeight, this.#look.rowHeight);
    this.#chosen = to;
    this.#look.onChoose(row);
    this.#draw();
  }

  #click(event: MouseEvent, act: (row: Row) => void): void {
    const node = event.target instanceof Element ? event.target.closest<HTMLElement>('[role=option]') : null;
    const row = node ? this.#rows[Number(node.dataset['row'])] : undefined;
    if (row !== undefined) act(row);
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.element;
    const { first, end } = windowOf(scrollTop, clientHeight, this.#look.rowHeight, this.#rows.length);
    while (this.#made.length < end - first) this.#made.push(this.#space.appendChild(element('div', 'row')));
    for (const [at, node] of this.#made.entries()) this.#place(node, first + at, first + at < end);
    setAttributes(this.element, {
      'aria-activedescendant': this.#chosen >= first && this.#chosen < end ? `${this.#prefix}-${this.#chosen}` : null,
    });
  }

  #place(node: HTMLElement, at: number, isUsed: boolean): void {
    const row = this.#rows[at];
    setShown(node, isUsed && row !== undefined);
    if (!isUsed || row === undefined) {
      node.removeAttribute('id');
      return;
    }
    node.style.transform = `translateY(${at * this.#look.rowHeight}px)`;
    node.dataset['row'] = String(at);
    setAttributes(node, {
      id: `${this.#prefix}-${at}`,
      role: 'option',
      'aria-selected': String(at === this.#chosen),
      'aria-posinset': String(at + 1),
      'aria-setsize': String(this.#rows.length),
    });
    this.#look.fill(node, row);
  }
}
