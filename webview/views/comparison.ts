/** What one comparison says: verdict, picture of the difference, facts, and the problems that changed with their completions. */
import type { Comparison, Flip } from '../../src/protocol/comparison.ts';
import { verdictSaid } from '../../src/protocol/comparisonText.ts';
import type { EvaluationFile } from '../../src/protocol/panel.ts';
import { english } from '../../src/protocol/sentence.ts';
import { axisPicture, intervalPicture, scaleOf } from '../charts/intervalPicture.ts';
import { element, setAttributes, setLine, setShown, setText } from '../dom.ts';
import { setIcon } from '../icons.ts';
import { Memo, Questions } from '../memo.ts';
import type { Model } from '../model.ts';
import type { Stage } from '../stage.ts';
import type { Say } from '../text.ts';
import { Segments } from '../toolkit.ts';
import { FLIP_FILTERS, type FlipFilter } from '../uiState.ts';
import { answerTable } from './answerTable.ts';
import { problemsOf } from './evaluationPicker.ts';
import { comparisonFacts, flipRows, problemOf, type FlipRow } from './flipRows.ts';
import { problemElements } from './problems.ts';
import { VirtualList } from './virtualList.ts';

const ROW_HEIGHT = 24;

/** Where the completions of both sides are kept, if they are. */
export interface ComparedFiles {
  readonly before: EvaluationFile | null;
  readonly after: EvaluationFile | null;
}

export class ComparisonView {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #verdict = element('p', 'comparison-verdict');
  readonly #facts = element('dl', 'pairs comparison-facts');
  readonly #picture = element('div', 'difference');
  readonly #filter: Segments<FlipFilter>;
  readonly #list: VirtualList<FlipRow>;
  readonly #detail = element('article', 'detail');
  readonly #split: HTMLElement;
  readonly #rows = new Memo<readonly FlipRow[]>();
  readonly #questions = new Questions();
  #drawn: Comparison | null = null;
  #detailOf: readonly unknown[] = [];

  constructor(stage: Stage) {
    const { words, choose } = stage;
    const { t } = words;
    this.#stage = stage;
    const filters = FLIP_FILTERS.map((value) => ({ value, label: filterName(t, value) }));
    this.#filter = new Segments(t('Show'), filters, (flipFilter) => choose({ flipFilter }));
    const open = ({ place }: FlipRow): void => choose({ flipChosen: String(place) });
    this.#list = new VirtualList<FlipRow>(
      {
        label: t('Problems that changed'),
        rowHeight: ROW_HEIGHT,
        keyOf: ({ place }) => place,
        fill: (node, row) => this.#fill(node, row),
        onChoose: open,
        onOpen: open,
      },
      'flip',
    );
    setAttributes(this.#detail, { tabindex: '0', role: 'region', 'aria-label': t('Chosen problem') });
    setAttributes(this.#picture, { role: 'img' });
    this.#split = element('div', 'split', this.#list.element, this.#detail);
    const told = element('div', 'beside compared', this.#facts, this.#picture);
    this.element = element('div', 'comparison', this.#verdict, told, this.#filter.element, this.#split);
  }

  draw(model: Model, comparison: Comparison, files: ComparedFiles): void {
    const { ui, words } = this.#stage;
    if (comparison !== this.#drawn) this.#show(comparison);
    this.#drawn = comparison;
    const { fixed, broken } = comparison.flips;
    const counts: Readonly<Record<FlipFilter, number>> = { all: fixed + broken, fixed, broken };
    this.#filter.show(ui.flipFilter, (value) => `${filterName(words.t, value)} ${words.count(counts[value])}`);
    const rows = this.#rows.of([comparison, ui.flipFilter], () => flipRows(comparison, ui.flipFilter));
    setShown(this.#split, rows.length > 0);
    setShown(this.#filter.element, fixed + broken > 0);
    const chosen = rows.find(({ place }) => String(place) === ui.flipChosen) ?? rows[0];
    this.#list.show(rows, chosen?.place ?? null);
    if (chosen) this.#drawDetail(model, chosen, files);
  }

  dispose(): void {
    this.#list.dispose();
  }

  #show(comparison: Comparison): void {
    const { words } = this.#stage;
    const told = verdictSaid(comparison);
    setText(this.#verdict, `${words.tell(english(told), told)} ${this.#flipWords(comparison)}`);
    this.#facts.replaceChildren(
      ...comparisonFacts(comparison, words).flatMap(([name, value]) => [
        element('dt', '', name),
        element('dd', 'number', value),
      ]),
    );
    this.#drawPicture(comparison);
    this.#stage.announce(this.#verdict.textContent ?? '');
  }

  #flipWords({ flips: { fixed, broken, unchanged } }: Comparison): string {
    const { t, count } = this.#stage.words;
    return t('{0} problems were fixed, {1} broken, {2} are unchanged.', count(fixed), count(broken), count(unchanged));
  }

  /** The difference with its interval against zero, and how many problems changed as a strip. */
  #drawPicture({ difference, matters, flips }: Comparison): void {
    const { t } = this.#stage.words;
    const row = { value: difference.difference, interval: difference.interval };
    const scale = scaleOf([row], [0, matters, -matters]);
    const strip = (['fixed', 'broken', 'unchanged'] as const).map((flip) => {
      const part = element('span', `strip-${flip}`);
      part.style.flexGrow = String(flips[flip]);
      setShown(part, flips[flip] > 0);
      return part;
    });
    const legend = (['fixed', 'broken', 'unchanged'] as const).map((flip) =>
      element('span', 'legend-entry', element('i', `swatch strip-${flip}`), flipName(t, flip)),
    );
    setAttributes(this.#picture, {
      'aria-label': t('Difference in points with its 95 % interval, and what became of the problems'),
    });
    this.#picture.replaceChildren(
      element('span', 'note', t('B − A in points')),
      axisPicture(scale, (value) => String(Math.round(value * 1000) / 10)),
      intervalPicture(row, scale),
      element('div', 'strip', ...strip),
      element('div', 'chart-legend', ...legend),
    );
  }

  #fill(node: HTMLElement, { item }: FlipRow): void {
    const { t, shortPercent } = this.#stage.words;
    if (node.childElementCount === 0)
      node.append(...['sign', 'flip', 'prompt', 'gold', 'number change'].map((name) => element('span', name)));
    const [sign, flip, prompt, gold, change] = node.children;
    if (!sign || !flip || !prompt || !gold || !change) return;
    node.className = 'row flip-row';
    sign.className = `sign flip-${item.flip}`;
    setIcon(sign, item.flip === 'fixed' ? 'check' : 'cross');
    setText(flip, flipName(t, item.flip));
    setLine(prompt, item.prompt, 300);
    setLine(gold, item.gold, 60);
    setText(change, `${shortPercent(item.before)} → ${shortPercent(item.after)}`);
  }

  /** Asks for the completions of both sides when a problem is looked at. */
  #drawDetail(model: Model, row: FlipRow, files: ComparedFiles): void {
    const sides = (['before', 'after'] as const).map((side) => {
      const of = files[side];
      return {
        name: side === 'before' ? 'A' : 'B',
        of,
        read: of && problemsOf(model, of, this.#questions, this.#stage),
      };
    });
    const from = [row, ...sides.map(({ read }) => read)];
    if (from.length === this.#detailOf.length && from.every((part, at) => part === this.#detailOf[at])) return;
    this.#detailOf = from;
    const { t } = this.#stage.words;
    const tables = sides.flatMap(({ name, of, read }) => {
      const found = read && problemOf(read.problems, row.item);
      if (of === null || !found) return [];
      return [element('h3', '', name), answerTable(t('Completions of {0}', name), of, found.answers, this.#stage)];
    });
    this.#detail.replaceChildren(...problemElements(row.item, this.#stage), ...tables);
  }
}

function flipName(t: Say, flip: Flip): string {
  switch (flip) {
    case 'fixed':
      return t('fixed');
    case 'broken':
      return t('broken');
    case 'unchanged':
      return t('unchanged');
    default:
      return flip satisfies never;
  }
}

function filterName(t: Say, filter: FlipFilter): string {
  switch (filter) {
    case 'all':
      return t('All');
    case 'fixed':
      return t('Fixed');
    case 'broken':
      return t('Broken');
    default:
      return filter satisfies never;
  }
}
