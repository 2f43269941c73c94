/** Which evaluation is looked at, and its problems as far as they are here: shared by the pages that read completions. */
import { displayLine } from '../../src/protocol/displayText.ts';
import type { EvaluationFile } from '../../src/protocol/panel.ts';
import { fileChoices, measuredEvaluations } from '../evaluations.ts';
import { Memo, Questions } from '../memo.ts';
import type { Model, ProblemFile } from '../model.ts';
import { fileKey, fileOf } from '../references.ts';
import type { Stage } from '../stage.ts';
import { Choices, type Choice } from '../toolkit.ts';
import { waitingForEvaluation } from './specs.ts';

export interface PickedEvaluation {
  /** Null while there is none to be read. */
  readonly of: EvaluationFile | null;
  readonly read: ProblemFile | null;
  /** What is the matter, if something is. */
  readonly note: string;
}

export class EvaluationPicker {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #choices: Choices<string>;
  readonly #listed = new Memo<readonly Choice<string>[]>();
  readonly #questions = new Questions();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#choices = new Choices<string>(stage.words.t('Evaluation'), (evaluation) =>
      stage.choose({ evaluation, problemChosen: '' }),
    );
    this.element = this.#choices.element;
  }

  /** Asks for the problems of the chosen evaluation once. */
  draw(model: Model): PickedEvaluation {
    const { ui, words } = this.#stage;
    const { run, revision, otherRuns } = model;
    const measured = [revision, run.evaluations.length, run.sampleFiles.length, otherRuns];
    const choices = this.#listed.of(measured, () => fileChoices(measuredEvaluations(model), words));
    const chosen = choices.find(({ value }) => value === ui.evaluation) ?? choices[0];
    this.#choices.show(chosen?.value ?? '', choices);
    const of = chosen ? fileOf(chosen.value) : null;
    if (of === null) return { of, read: null, note: waitingForEvaluation(run, words) };
    const read = problemsOf(model, of, this.#questions, this.#stage);
    const note =
      read === null ? words.t('Reading {0} …', displayLine(of.file, 80)) : displayLine(read.trouble ?? '', 400);
    return { of, read, note };
  }
}

/** The problems of an evaluation, asked for once where they are not here. */
export function problemsOf(
  model: Model,
  of: EvaluationFile,
  questions: Questions,
  { post }: Stage,
): ProblemFile | null {
  const key = fileKey(of);
  const known = model.problems.get(key);
  if (known === undefined) questions.once(model.revision, key, () => post({ type: 'loadProblems', of }));
  return known ?? null;
}
