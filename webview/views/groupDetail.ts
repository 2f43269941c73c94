/** One group: a table of what each completion was worth, and their texts in columns side by side. */
import { element, setAttributes, setQuoted, setText } from '../dom.ts';
import type { Stage } from '../stage.ts';
import { NumberTable, type Cell } from '../table.ts';
import { rewardName, signedText, verdictText, type Words } from '../text.ts';
import { button, linkButton } from '../toolkit.ts';
import { groupSummary, rewardNames, type Group, type Learned } from './groupRows.ts';
import { traceElements } from './sampleDetail.ts';
import { verdictCell } from './answerTable.ts';
import { verdictSign } from './verdict.ts';

/** Longer texts are cut here and are whole in the document beside the code. */
const SHOWN = { characters: 6000, lines: 120 };

export class GroupDetail {
  readonly element = element('article', 'detail group');
  readonly #stage: Stage;
  readonly #summary = element('p', 'summary');
  readonly #prompt = element('pre', 'prompt-text');
  readonly #table: NumberTable;
  readonly #columns = element('div', 'group-columns');
  #shown: Group | null = null;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#table = new NumberTable(t('Completions of the group'), 'group-table');
    setAttributes(this.element, { tabindex: '0', role: 'region', 'aria-label': t('Chosen group') });
    setAttributes(this.#columns, {
      role: 'group',
      'aria-label': t('Completions side by side. Arrow keys go from one to the next, Enter opens it beside the code.'),
    });
    this.#columns.addEventListener('keydown', (event) => this.#press(event));
    this.element.append(
      element('h2', '', t('Prompt')),
      this.#prompt,
      this.#summary,
      this.#table.element,
      this.#columns,
    );
  }

  draw(group: Group, words: Words): void {
    if (group === this.#shown) return;
    const isOther = group.id !== this.#shown?.id;
    this.#shown = group;
    setQuoted(this.#prompt, (group.completions[0]?.prompt ?? '').slice(0, SHOWN.characters));
    setText(this.#summary, groupSummary(group, words));
    this.#drawTable(group, words);
    this.#columns.replaceChildren(...group.completions.map((one, at) => this.#column(one, at, words)));
    if (!isOther) return;
    this.element.scrollTop = 0;
    this.#columns.scrollLeft = 0;
  }

  /** To the first column. */
  focus(): void {
    this.#focusColumn(0);
  }

  #drawTable(group: Group, words: Words): void {
    const { t, decimal } = words;
    const names = rewardNames(group);
    const [most] = group.completions.map(({ rollout }) => Math.abs(rollout.advantage)).sort((a, b) => b - a);
    const more = extraColumns(group, words);
    const head = [
      ...['#', t('verdict'), t('reward')],
      ...names.map((name) => partHead(name, group, words)),
      ...[t('advantage'), t('tokens'), t('truncated')],
      ...more.map((column) => column.head),
    ];
    const rows = group.completions.map((one, at): Cell[] => {
      const { rollout, tokens, finishReason } = one;
      return [
        ...[this.#openLink(one, at), verdictCell(one, words), decimal(rollout.reward, 2)],
        ...names.map((name) => partText(rollout.rewards[name], words)),
        advantageCell(rollout.advantage, most ?? 0, words),
        words.count(tokens),
        finishReason === 'length' ? t('yes') : t('no'),
        ...more.map((column) => column.cell(one)),
      ];
    });
    this.#table.show(head, rows, true);
  }

  #openLink({ id }: Learned, at: number): HTMLElement {
    const open = linkButton(String(at + 1), () => this.#stage.post({ type: 'openCompletion', id }));
    setAttributes(open, { 'aria-label': this.#stage.words.t('Open completion {0} beside the code', at + 1) });
    return open;
  }

  #column(one: Learned, at: number, words: Words): HTMLElement {
    const { t, decimal, count } = words;
    const { rollout, id, tokens } = one;
    const open = button({ label: t('Open'), onPress: () => this.#stage.post({ type: 'openCompletion', id }) });
    open.setAttribute('tabindex', '-1');
    open.setAttribute('aria-label', t('Open completion {0} beside the code', at + 1));
    const head = element('div', 'column-head', verdictSign(one, words), element('strong', '', String(at + 1)), open);
    const told = `R ${decimal(rollout.reward, 2)} · A ${signedText(rollout.advantage, decimal)} · ${t('{0} tok', count(tokens))}`;
    const made = element(
      'section',
      'group-column',
      head,
      element('p', 'note number', told),
      ...traceElements(one, words, SHOWN),
    );
    setAttributes(made, {
      tabindex: at === 0 ? '0' : '-1',
      'aria-label': `${t('Completion {0}', at + 1)}, ${verdictText(t, one)}`,
      role: 'region',
      'data-id': id,
    });
    return made;
  }

  #press(event: KeyboardEvent): void {
    const columns = [...this.#columns.children];
    const at = columns.findIndex((column) => column === event.target);
    if (at < 0) return;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: columns.length - 1 }[event.key];
    const id = columns[at]?.getAttribute('data-id');
    if (to === undefined && (event.key !== 'Enter' || !id)) return;
    event.preventDefault();
    if (to !== undefined) this.#focusColumn(Math.min(columns.length - 1, Math.max(0, to)));
    else if (id) this.#stage.post({ type: 'openCompletion', id });
  }

  #focusColumn(to: number): void {
    for (const [at, column] of [...this.#columns.children].entries()) {
      if (!(column instanceof HTMLElement)) continue;
      column.tabIndex = at === to ? 0 : -1;
      if (at === to) column.focus();
    }
  }
}

interface Column {
  readonly head: string;
  readonly cell: (one: Learned) => string;
}

/** What only newer runs tell: whether the policy learned from a completion, and how much of it was clipped. */
function extraColumns({ completions }: Group, { t, percent }: Words): Column[] {
  const isTold = (key: 'isLearned' | 'clippedShare'): boolean =>
    completions.some(({ rollout }) => rollout[key] !== undefined);
  const learned: Column = {
    head: t('learned from'),
    cell: ({ rollout }) => (rollout.isLearned === false ? t('no') : t('yes')),
  };
  const clipped: Column = {
    head: t('clipped'),
    cell: ({ rollout }) => (rollout.clippedShare === undefined ? '–' : percent(rollout.clippedShare)),
  };
  return [...(isTold('isLearned') ? [learned] : []), ...(isTold('clippedShare') ? [clipped] : [])];
}

/** A part of the reward with its weight: `form × 0.2`. */
function partHead(name: string, { completions }: Group, { t, metric }: Words): string {
  const weight = completions[0]?.rollout.weights?.[name];
  return weight === undefined ? rewardName(t, name) : `${rewardName(t, name)} × ${metric(weight)}`;
}

const partText = (value: number | undefined, { decimal }: Words): string =>
  value === undefined ? '–' : decimal(value, 2);

/** A bar to the right where it is above the mean, to the left where it is below, with its number. */
function advantageCell(advantage: number, most: number, { decimal }: Words): HTMLElement {
  const share = most > 0 ? Math.abs(advantage) / most : 0;
  const fill = element('i', advantage < 0 ? 'advantage-fill below' : 'advantage-fill');
  fill.style.width = `${(share * 50).toFixed(1)}%`;
  const bar = element('span', 'advantage-bar', fill);
  bar.setAttribute('aria-hidden', 'true');
  return element('span', 'advantage', bar, signedText(advantage, decimal));
}
