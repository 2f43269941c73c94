/** Tables of numbers as the document knows them, so that screen readers read them cell by cell. */
import { element, setAttributes } from './dom.ts';

export type Cell = string | Node;

/** A table that is filled whole; it scrolls in its frame. */
export class NumberTable {
  readonly element: HTMLElement;
  readonly #head = element('thead');
  readonly #body = element('tbody');

  constructor(label: string, className = '') {
    const table = element('table', `numbers ${className}`.trim(), this.#head, this.#body);
    setAttributes(table, { 'aria-label': label });
    this.element = element('div', 'table-scroll', table);
    setAttributes(this.element, { tabindex: '0', role: 'group', 'aria-label': label });
  }

  /** `hasRowHeads`: the first cell names its row. */
  show(head: readonly Cell[], rows: readonly (readonly Cell[])[], hasRowHeads = false): void {
    this.#head.replaceChildren(element('tr', '', ...head.map((cell) => headCell(cell, 'col'))));
    this.#body.replaceChildren(...rows.map((cells) => rowElement(cells, hasRowHeads)));
  }
}

function rowElement(cells: readonly Cell[], hasHead: boolean): HTMLElement {
  const made = cells.map((cell, at) => (hasHead && at === 0 ? headCell(cell, 'row') : element('td', '', cell)));
  return element('tr', '', ...made);
}

function headCell(content: Cell, scope: 'col' | 'row'): HTMLElement {
  const cell = element('th', '', content);
  cell.scope = scope;
  return cell;
}
