/** The one file that knows the component library: a change of library is a change of this file. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDataGrid,
  vsCodeDataGridCell,
  vsCodeDataGridRow,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeTextField,
  type Button,
  type DataGrid,
  type Dropdown,
  type Panels,
  type TextField,
} from '@vscode/webview-ui-toolkit';
import { element, setAttributes, setText } from './dom.ts';
import { icon, type IconName } from './icons.ts';

/** Defines the custom elements; once per page. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDataGrid(),
    vsCodeDataGridCell(),
    vsCodeDataGridRow(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodePanels(),
    vsCodePanelTab(),
    vsCodePanelView(),
    vsCodeTextField(),
  );
}

/** Makes one of the library's elements. Its class is known once `registerToolkit` ran. */
const make = <Component extends HTMLElement>(tag: string): Component => document.createElement(tag) as Component;

export interface ButtonLook {
  readonly label: string;
  readonly icon?: IconName;
  readonly isPrimary?: boolean;
  readonly onPress: () => void;
}

export function button({ label, icon: name, isPrimary, onPress }: ButtonLook): HTMLElement & { disabled: boolean } {
  const made = make<Button>('vscode-button');
  made.setAttribute('appearance', isPrimary ? 'primary' : 'secondary');
  if (name) {
    const mark = icon(name);
    mark.setAttribute('slot', 'start');
    made.append(mark);
  }
  made.append(label);
  made.addEventListener('click', () => {
    if (!made.disabled) onPress();
  });
  return made;
}

/** A button that reads as a link in a sentence. */
export function linkButton(label: string, onPress: () => void): HTMLButtonElement {
  const made = element('button', 'link', label);
  made.type = 'button';
  made.addEventListener('click', onPress);
  return made;
}

/** A link-like button that opens and closes something; says which by its words and to assistive technology. */
export function toggleButton(closed: string, open: string, onToggle: (isOpen: boolean) => void): HTMLButtonElement {
  const made = linkButton(closed, () => {
    const isOpen = made.getAttribute('aria-expanded') !== 'true';
    made.setAttribute('aria-expanded', String(isOpen));
    setText(made, isOpen ? open : closed);
    onToggle(isOpen);
  });
  made.setAttribute('aria-expanded', 'false');
  return made;
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

/** One choice of a few, all in sight: arrow keys move and choose, as in a group of radio buttons. */
export class Segments<Value extends string> {
  readonly element: HTMLElement;
  readonly #choices = new Map<Value, HTMLButtonElement>();

  constructor(label: string, choices: readonly Choice<Value>[], onChoose: (value: Value) => void) {
    for (const { value, label: text } of choices)
      this.#choices.set(
        value,
        segment(text, () => onChoose(value)),
      );
    this.element = element('div', 'segments', ...this.#choices.values());
    setAttributes(this.element, { role: 'radiogroup', 'aria-label': label });
    this.element.addEventListener('keydown', (event) => {
      const next = this.#neighbour(event.key);
      if (next === null) return;
      event.preventDefault();
      this.#choices.get(next)?.focus();
      onChoose(next);
    });
  }

  show(chosen: Value, labels: (value: Value) => string): void {
    for (const [value, made] of this.#choices) {
      setText(made, labels(value));
      setAttributes(made, { 'aria-checked': String(value === chosen), tabindex: value === chosen ? '0' : '-1' });
    }
  }

  #neighbour(key: string): Value | null {
    const step = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 0;
    const values = [...this.#choices.keys()];
    const at = values.findIndex((value) => this.#choices.get(value)?.getAttribute('aria-checked') === 'true');
    return step === 0 ? null : (values[(at + step + values.length) % values.length] ?? null);
  }
}

function segment(label: string, onPress: () => void): HTMLButtonElement {
  const made = element('button', 'segment', label);
  made.type = 'button';
  made.setAttribute('role', 'radio');
  made.addEventListener('click', onPress);
  return made;
}

/** A drop-down list. Its choices may change while it lives. */
export class Choices<Value extends string> {
  readonly element: HTMLElement;
  readonly #dropdown: Dropdown;
  #shown = '';

  constructor(label: string, onChoose: (value: Value) => void) {
    this.#dropdown = make<Dropdown>('vscode-dropdown');
    this.#dropdown.setAttribute('aria-label', label);
    this.#dropdown.addEventListener('change', () => onChoose(this.#dropdown.value as Value));
    this.element = element('span', 'field', element('span', 'field-label', label), this.#dropdown);
  }

  show(chosen: Value, choices: readonly Choice<Value>[]): void {
    const shown = JSON.stringify(choices);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#dropdown.replaceChildren(...choices.map(({ value, label }) => option(value, label)));
    }
    if (this.#dropdown.value !== chosen) this.#dropdown.value = chosen;
  }
}

function option(value: string, label: string): HTMLElement {
  const made = document.createElement('vscode-option');
  made.setAttribute('value', value);
  made.textContent = label;
  return made;
}

const SEARCH_AFTER_MS = 150;

/** A text field that answers when the typing pauses. */
export function searchField(label: string, value: string, onSearch: (text: string) => void): HTMLElement {
  const made = make<TextField>('vscode-text-field');
  setAttributes(made, { placeholder: label, class: 'search' });
  // The library names the field after its text and overwrites any other name; the style sheet hides the text.
  made.textContent = label;
  made.value = value;
  let timer = 0;
  made.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => onSearch(made.value), SEARCH_AFTER_MS);
  });
  return made;
}

export interface Page<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly content: HTMLElement;
}

/** Pages behind tabs. */
export class Tabs<Id extends string> {
  readonly element: HTMLElement;
  readonly #panels: Panels;

  constructor(label: string, pages: readonly Page<Id>[], chosen: Id, onChoose: (id: Id) => void) {
    this.#panels = make<Panels>('vscode-panels');
    this.#panels.setAttribute('activeid', tabId(chosen));
    this.#panels.setAttribute('aria-label', label);
    this.#panels.append(...pages.map(tab), ...pages.map(page));
    this.#panels.addEventListener('change', (event) => {
      if (event.target !== this.#panels) return;
      const found = pages.find(({ id }) => tabId(id) === this.#panels.activeid);
      if (found) onChoose(found.id);
    });
    this.element = this.#panels;
  }

  choose(id: Id): void {
    if (this.#panels.activeid !== tabId(id)) this.#panels.activeid = tabId(id);
  }
}

const tabId = (id: string): string => `tab-${id}`;

function tab({ id, title }: Page<string>): HTMLElement {
  const made = document.createElement('vscode-panel-tab');
  made.id = tabId(id);
  made.textContent = title;
  return made;
}

function page({ id, content }: Page<string>): HTMLElement {
  const made = document.createElement('vscode-panel-view');
  made.id = `view-${id}`;
  made.append(content);
  return made;
}

export interface GridColumn {
  readonly key: string;
  readonly title: string;
  /** Width as in CSS grids. */
  readonly width: string;
}

/** A grid of text whose cells the arrow keys walk through. */
export class Grid {
  readonly element: HTMLElement;
  readonly #grid: DataGrid;
  #shown = '';

  constructor(label: string, columns: readonly GridColumn[]) {
    this.#grid = make<DataGrid>('vscode-data-grid');
    this.#grid.setAttribute('aria-label', label);
    this.#grid.columnDefinitions = columns.map(({ key, title }) => ({ columnDataKey: key, title }));
    this.#grid.gridTemplateColumns = columns.map(({ width }) => width).join(' ');
    this.element = this.#grid;
  }

  show(rows: readonly Readonly<Record<string, string>>[]): void {
    const shown = JSON.stringify(rows);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#grid.rowsData = rows.map((row) => ({ ...row }));
  }
}
