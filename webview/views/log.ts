/** What the trainer wrote: time, level, message; the chosen line in full below. */
import type { LogLine, RunState } from '../../src/protocol/state.ts';
import { element, setAttributes, setLine, setQuoted, setShown, setText } from '../dom.ts';
import { setIcon } from '../icons.ts';
import type { Model } from '../model.ts';
import type { Stage, Tab, View } from '../stage.ts';
import { levelName, type Say, type Words } from '../text.ts';
import { button, searchField, Segments } from '../toolkit.ts';
import { LOG_FILTERS, type LogFilter } from '../uiState.ts';
import { VirtualList } from './virtualList.ts';

const ROW_HEIGHT = 24;
const TEXT_SHOWN = 10_000;

export const logTab: Tab = { id: 'log', title: ({ t }) => t('Log'), open: (stage) => new Log(stage) };

class Log implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #filter: Segments<LogFilter>;
  readonly #list: VirtualList<LogLine>;
  readonly #empty = element('p', 'empty');
  readonly #full = element('pre', 'log-full');
  #rows: readonly LogLine[] = [];
  #listed = '';
  #chosen: LogLine | null = null;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#filter = new Segments(
      t('Level'),
      LOG_FILTERS.map((value) => ({ value, label: filterName(t, value) })),
      (logFilter) => stage.choose({ logFilter }),
    );
    const search = searchField(t('Find in the log'), stage.ui.logSearch, (logSearch) => stage.choose({ logSearch }));
    const file = button({ label: t('Open log'), onPress: () => stage.post({ type: 'act', action: 'openLog' }) });
    this.#list = new VirtualList<LogLine>(
      {
        label: t('Log, newest first'),
        rowHeight: ROW_HEIGHT,
        keyOf: (line) => line,
        fill: (node, row) => this.#fill(node, row),
        onChoose: (row) => this.#choose(row),
        onOpen: (row) => this.#choose(row),
      },
      'log',
    );
    setAttributes(this.#full, { tabindex: '0', 'aria-label': t('Chosen line'), role: 'group' });
    this.#full.hidden = true;
    const tools = element('div', 'tools', this.#filter.element, search, file);
    this.element = element('div', 'view log', tools, this.#empty, this.#list.element, this.#full);
  }

  draw({ run, revision }: Model): void {
    const { ui, words } = this.#stage;
    const last = run.log.at(-1);
    const listed = [revision, run.log.length, last?.time, last?.message, ui.logFilter, ui.logSearch].join('|');
    if (listed !== this.#listed) this.#rows = rowsOf(run, words, ui.logFilter, ui.logSearch);
    this.#listed = listed;
    this.#filter.show(ui.logFilter, (value) => filterName(words.t, value));
    setShown(this.#empty, this.#rows.length === 0);
    setText(this.#empty, emptyWords(run, words.t));
    this.#list.show(this.#rows, this.#chosen);
  }

  dispose(): void {
    this.#list.dispose();
  }

  #choose(line: LogLine): void {
    this.#chosen = line;
    setShown(this.#full, true);
    setQuoted(this.#full, toldIn(this.#stage.words, line).slice(0, TEXT_SHOWN));
    this.#stage.choose({});
  }

  #fill(node: HTMLElement, line: LogLine): void {
    const { words } = this.#stage;
    if (node.childElementCount === 0)
      node.append(
        element('span', 'number time'),
        element('span', 'sign'),
        element('span', 'level'),
        element('span', 'message'),
      );
    const [time, sign, level, message] = node.children;
    if (!time || !sign || !level || !message) return;
    setAttributes(node, { class: `row log-row level-${line.level}` });
    setText(time, words.clock(line.time));
    setIcon(sign, line.level === 'error' ? 'cross' : line.level === 'warning' ? 'warning' : 'dash');
    setText(level, levelName(words.t, line.level));
    setLine(message, toldIn(words, line), 400);
  }
}

const emptyWords = ({ log }: RunState, t: Say): string =>
  log.length === 0 ? t('What the trainer reports appears here.') : t('No line passes the filter.');

const toldIn = ({ tell }: Words, { message, said }: LogLine): string => tell(message, said);

function rowsOf({ log }: RunState, words: Words, filter: LogFilter, search: string): LogLine[] {
  const wanted = search.toLowerCase();
  return log
    .filter((line) => passes(line.level, filter) && toldIn(words, line).toLowerCase().includes(wanted))
    .reverse();
}

function passes(level: LogLine['level'], filter: LogFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'warnings':
      return level !== 'info';
    case 'errors':
      return level === 'error';
    default:
      return filter satisfies never;
  }
}

function filterName(t: Say, filter: LogFilter): string {
  switch (filter) {
    case 'all':
      return t('All');
    case 'warnings':
      return t('Warnings');
    case 'errors':
      return t('Errors');
    default:
      return filter satisfies never;
  }
}
