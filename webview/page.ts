/** The whole page: head, tabs and the voice for screen readers, made for one language and one kind of run. */
import { element, setAttributes, setText } from './dom.ts';
import type { Model } from './model.ts';
import type { Stage, Tab, View } from './stage.ts';
import { Tabs } from './toolkit.ts';
import type { TabId } from './uiState.ts';
import { Header } from './views/header.ts';

export class Page {
  readonly #stage: Stage;
  readonly #header: Header;
  readonly #views: ReadonlyMap<TabId, View>;
  readonly #tabs: Tabs<TabId>;

  /** Fills the body; `voice` is where announcements are spoken. */
  constructor(stage: Stage, tabs: readonly Tab[], voice: HTMLElement) {
    const { words } = stage;
    this.#stage = stage;
    this.#header = new Header(stage);
    this.#views = new Map(tabs.map(({ id, open }) => [id, open(stage)]));
    const pages = tabs.map(({ id, title }) => ({ id, title: title(words), content: this.#view(id).element }));
    this.#tabs = new Tabs(words.t('Views of the run'), pages, this.#tab, (tab) => stage.choose({ tab }));
    const main = element('main', 'pages', this.#tabs.element);
    document.body.replaceChildren(this.#header.element, main, voice);
  }

  /** Draws the head and the tab in sight; the others are drawn when they come into sight. */
  draw(model: Model): void {
    this.#header.draw(model);
    this.#tabs.choose(this.#tab);
    this.#view(this.#tab).draw(model);
  }

  dispose(): void {
    this.#header.dispose();
    for (const view of this.#views.values()) view.dispose();
  }

  /** What the reader chose, where this run has it. */
  get #tab(): TabId {
    const { tab } = this.#stage.ui;
    return this.#views.has(tab) ? tab : 'overview';
  }

  #view(id: TabId): View {
    const view = this.#views.get(id);
    if (!view) throw new Error(`No view is listed for the tab ${id}: add it to views/index.ts.`);
    return view;
  }
}

/** A place whose changes of text are spoken. */
export function makeVoice(): HTMLElement {
  const voice = element('div', 'voice');
  setAttributes(voice, { role: 'status', 'aria-live': 'polite' });
  return voice;
}

/** Speaks a text, also when it is the same as before. */
export function speak(voice: HTMLElement, text: string): void {
  const isSame = voice.textContent === text;
  setText(voice, isSame ? `${text}\u00a0` : text);
}
