/** Two evaluations of the same problems side by side: what the difference is worth, and which problems were fixed or broken. */
import type { Comparison, ComparisonReport } from '../../src/protocol/comparison.ts';
import { displayLine } from '../../src/protocol/displayText.ts';
import type { EvaluationPair } from '../../src/protocol/panel.ts';
import { element, setShown, setText } from '../dom.ts';
import { evaluationName, measuredEvaluations, stepChoices, type MeasuredEvaluation } from '../evaluations.ts';
import { Memo, Questions } from '../memo.ts';
import type { Model } from '../model.ts';
import { pairKey, referenceKey, referenceOf } from '../references.ts';
import type { Stage, View } from '../stage.ts';
import type { Words } from '../text.ts';
import { button, Choices, linkButton, type Choice } from '../toolkit.ts';
import { POINTS, type Points } from '../uiState.ts';
import { ComparisonView } from './comparison.ts';

const WORDS_SHOWN = 800;

export class FlipsView implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #before: Choices<string>;
  readonly #after: Choices<string>;
  readonly #points: Choices<Points>;
  readonly #compare: HTMLElement & { disabled: boolean };
  readonly #tools: HTMLElement;
  readonly #note = element('p', 'note');
  readonly #benchmark: Choices<string>;
  readonly #comparison: ComparisonView;
  readonly #measured = new Memo<readonly MeasuredEvaluation[]>();
  readonly #questions = new Questions();
  /** Each is asked once, whatever snapshots come: answers outlive them. */
  readonly #comparisons = new Questions();
  #pair: EvaluationPair | null = null;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#before = new Choices<string>(t('A, before'), (before) => stage.choose({ before }));
    this.#after = new Choices<string>(t('B, after'), (after) => stage.choose({ after }));
    this.#points = new Choices<Points>(t('What matters'), (points) => stage.choose({ points }));
    this.#benchmark = new Choices<string>(t('Benchmark'), (benchmark) => stage.choose({ benchmark, flipChosen: '' }));
    const swap = linkButton(t('Swap A and B'), () => this.#swap());
    this.#compare = button({ label: t('Compare'), isPrimary: true, onPress: () => this.#press() });
    const choices = [this.#before, this.#after, this.#points].map((choice) => choice.element);
    this.#tools = element('div', 'tools', ...choices, swap, this.#compare, this.#benchmark.element);
    this.#comparison = new ComparisonView(stage);
    this.element = element('div', 'page filled long', this.#tools, this.#note, this.#comparison.element);
  }

  draw(model: Model): void {
    const { ui, words } = this.#stage;
    this.#questions.once(model.revision, 'scores', () => this.#stage.post({ type: 'loadScores' }));
    const { run, revision, otherRuns } = model;
    const known = [revision, run.evaluations.length, run.sampleFiles.length, otherRuns];
    const measured = this.#measured.of(known, () => measuredEvaluations(model));
    this.#drawTools(stepChoices(measured, words));
    const report = this.#reportOf(model);
    this.#compare.disabled = this.#pair === null || report === undefined;
    const comparisons = report?.type === 'compared' ? report.comparisons : [];
    const comparison = comparisons.find(({ benchmark }) => benchmark === ui.benchmark) ?? comparisons[0] ?? null;
    this.#drawBenchmarks(comparisons, comparison);
    this.#drawNote(this.#noteOf(report, measured));
    setShown(this.#comparison.element, comparison !== null);
    if (comparison && this.#pair)
      this.#comparison.draw(model, comparison, filesOf(this.#pair, comparison.benchmark, measured));
  }

  dispose(): void {
    this.#comparison.dispose();
  }

  /** Without a choice: the first step of this run, and its last. */
  #drawTools(choices: readonly Choice<string>[]): void {
    const { ui, words } = this.#stage;
    const own = choices.filter(({ value }) => referenceOf(value)?.run === null);
    const chosen = (wished: string, fallback: string): string =>
      choices.some(({ value }) => value === wished) ? wished : fallback;
    const after = chosen(ui.after, (own[0] ?? choices[0])?.value ?? '');
    const others = choices.filter(({ value }) => value !== after);
    const before = chosen(ui.before, (own.filter(({ value }) => value !== after).at(-1) ?? others[0])?.value ?? '');
    this.#before.show(before, choices);
    this.#after.show(after, choices);
    this.#points.show(
      ui.points,
      POINTS.map((value) => ({ value, label: words.t('{0} points', value) })),
    );
    const [one, other] = [referenceOf(before), referenceOf(after)];
    const isPair = one !== null && other !== null && before !== after;
    this.#pair = isPair ? { before: one, after: other, matters: Number(ui.points) / 100 } : null;
    setShown(this.#tools, choices.length > 1);
  }

  #press(): void {
    if (this.#pair === null) return;
    const [{ before, after }, { choose, post }] = [this.#pair, this.#stage];
    const key = pairKey(this.#pair);
    const isAgain = key === this.#stage.ui.compared;
    choose({ compared: key, flipChosen: '', before: referenceKey(before), after: referenceKey(after) });
    if (isAgain) post({ type: 'compare', pair: this.#pair });
  }

  #swap(): void {
    if (this.#pair === null) return;
    const [{ before, after }, { choose }] = [this.#pair, this.#stage];
    choose({ before: referenceKey(after), after: referenceKey(before), flipChosen: '' });
  }

  /** The answer for what is chosen now; undefined while it is awaited, null where there is none or nobody asked. */
  #reportOf(model: Model): ComparisonReport | null | undefined {
    const pair = this.#pair;
    if (pair === null || pairKey(pair) !== this.#stage.ui.compared) return null;
    const known = model.comparisons.get(pairKey(pair));
    if (known === undefined)
      this.#comparisons.once(1, pairKey(pair), () => this.#stage.post({ type: 'compare', pair }));
    return known;
  }

  #drawBenchmarks(comparisons: readonly Comparison[], shown: Comparison | null): void {
    setShown(this.#benchmark.element, comparisons.length > 1);
    const choices = comparisons.map(({ benchmark }) => ({ value: benchmark, label: displayLine(benchmark, 60) }));
    this.#benchmark.show(shown?.benchmark ?? '', choices);
  }

  #drawNote(note: string): void {
    setShown(this.#note, note !== '');
    setText(this.#note, note);
  }

  #noteOf(report: ComparisonReport | null | undefined, measured: readonly MeasuredEvaluation[]): string {
    const { words } = this.#stage;
    const { t } = words;
    if (this.#pair === null)
      return t('Two evaluations are needed: this run has not enough of them, and none was found in other runs.');
    if (report === undefined) return t('Comparing {0} with {1} …', ...namesOf(this.#pair, measured, words));
    if (report === null) return t('Choose two evaluations of the same problems and press Compare.');
    if (report.type === 'compared') return '';
    const { message, said, remedy, remedySaid } = report.error;
    const told = [words.tell(message, said), remedy ? words.tell(remedy, remedySaid) : ''];
    return displayLine(told.filter(Boolean).join(' '), WORDS_SHOWN);
  }
}

function namesOf(
  { before, after }: EvaluationPair,
  measured: readonly MeasuredEvaluation[],
  words: Words,
): [string, string] {
  const nameOf = ({ run, step }: EvaluationPair['before']): string => {
    const found = measured.find(({ reference }) => reference.run === run && reference.step === step);
    return found ? evaluationName(found, words) : '?';
  };
  return [nameOf(before), nameOf(after)];
}

/** Where the completions of both sides are kept. */
function filesOf({ before, after }: EvaluationPair, benchmark: string, measured: readonly MeasuredEvaluation[]) {
  const fileOf = ({ run, step }: EvaluationPair['before']): MeasuredEvaluation['file'] =>
    measured.find(
      ({ reference, evaluation }) =>
        reference.run === run && reference.step === step && evaluation.benchmark === benchmark,
    )?.file ?? null;
  return { before: fileOf(before), after: fileOf(after) };
}
