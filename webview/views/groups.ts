/** Groups of reinforcement learning: the prompts of a rollout, and all completions of the chosen one side by side. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { element, setAttributes, setLine, setShown, setText } from '../dom.ts';
import { Memo } from '../memo.ts';
import type { Model } from '../model.ts';
import type { Stage, Tab, View } from '../stage.ts';
import { Choices } from '../toolkit.ts';
import { GroupDetail } from './groupDetail.ts';
import { figuresOfGroup, groupsOf, stepsOf, type Group } from './groupRows.ts';
import { isWorking } from './specs.ts';
import { VirtualList } from './virtualList.ts';

const ROW_HEIGHT = 44;
const NEWEST = 'newest';

export const groupsTab: Tab = {
  id: 'groups',
  title: ({ t }) => t('Groups'),
  isFor: (recipe) => recipe === 'grpo',
  open: (stage) => new Groups(stage),
};

class Groups implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #step: Choices<string>;
  readonly #note = element('p', 'note');
  readonly #list: VirtualList<Group>;
  readonly #detail: GroupDetail;
  readonly #split: HTMLElement;
  readonly #groups = new Memo<readonly Group[]>();
  readonly #rows = new Memo<readonly Group[]>();

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#step = new Choices<string>(t('Rollout after step'), (value) =>
      stage.choose({ groupStep: value === NEWEST ? '' : value, groupChosen: '' }),
    );
    this.#list = new VirtualList(this.#listLook(), 'group');
    this.#detail = new GroupDetail(stage);
    this.#split = element('div', 'split groups-split', this.#list.element, this.#detail.element);
    const tools = element('div', 'tools', this.#step.element, this.#note);
    this.element = element('div', 'view groups', tools, this.#split);
  }

  draw({ run, revision }: Model): void {
    const { ui, words } = this.#stage;
    const from = [revision, run.completions, run.completions[0], run.completions.length];
    const groups = this.#groups.of(from, () => groupsOf(run.completions));
    const step = this.#drawSteps(stepsOf(groups));
    const rows = this.#rows.of([groups, step], () => groups.filter((group) => group.step === step));
    const chosen = rows.find(({ id }) => id === ui.groupChosen) ?? rows[0];
    setShown(this.#step.element, rows.length > 0);
    setShown(this.#split, rows.length > 0);
    setText(this.#note, this.#noteOf(rows.length > 0, isWorking(run)));
    this.#list.show(rows, chosen?.id ?? null);
    if (chosen) this.#detail.draw(chosen, words);
  }

  dispose(): void {
    this.#list.dispose();
  }

  /** The step that is shown: the newest, unless one was chosen that is still known. */
  #drawSteps(steps: readonly number[]): number | null {
    const { ui, words } = this.#stage;
    const { t, count } = words;
    const chosen = steps.find((step) => String(step) === ui.groupStep);
    const newest = { value: NEWEST, label: t('newest ({0})', count(steps[0] ?? 0)) };
    this.#step.show(chosen === undefined ? NEWEST : String(chosen), [
      newest,
      ...steps.map((step) => ({ value: String(step), label: count(step) })),
    ]);
    return chosen ?? steps[0] ?? null;
  }

  #noteOf(hasGroups: boolean, isLive: boolean): string {
    const { t } = this.#stage.words;
    if (hasGroups) return t('Of each rollout some groups are kept, those whose rewards differ first.');
    return isLive ? t('Groups appear with the first rollout.') : t('This run kept no groups of completions.');
  }

  #listLook(): ConstructorParameters<typeof VirtualList<Group>>[0] {
    const { words, choose } = this.#stage;
    const show = ({ id }: Group): void => choose({ groupChosen: id });
    return {
      label: words.t('Prompts of the rollout. Enter goes to the completions.'),
      rowHeight: ROW_HEIGHT,
      keyOf: ({ id }) => id,
      fill: (node, group) => this.#fill(node, group),
      onChoose: show,
      onOpen: (group) => {
        show(group);
        this.#detail.focus();
      },
    };
  }

  #fill(node: HTMLElement, group: Group): void {
    const { t, count, decimal } = this.#stage.words;
    if (node.childElementCount === 0) node.append(element('span', 'prompt'), element('span', 'number group-told'));
    const [prompt, told] = node.children;
    if (!prompt || !told) return;
    setAttributes(node, { class: 'row group-row' });
    const { right, mean, spread } = figuresOfGroup(group);
    const level = group.completions[0]?.rollout.level;
    setLine(prompt, group.completions[0]?.prompt ?? '', 300);
    const figures = [
      t('{0} of {1} right', count(right), count(group.completions.length)),
      `R ${decimal(mean, 2)} ± ${decimal(spread, 2)}`,
      ...(level === undefined ? [] : [t('level {0}', displayLine(level, 20))]),
    ];
    setText(told, figures.join(' · '));
  }
}
