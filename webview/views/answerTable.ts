/** All completions of a problem as a table: verdict, answer, length, cut or not; each opens beside the code. */
import type { EvaluationFile, MeasuredAnswer } from '../../src/protocol/panel.ts';
import { element, setAttributes, setLine } from '../dom.ts';
import type { Stage } from '../stage.ts';
import { NumberTable, type Cell } from '../table.ts';
import { verdictName, type Words } from '../text.ts';
import { linkButton } from '../toolkit.ts';
import { verdictSign } from './verdict.ts';

export function answerTable(
  label: string,
  of: EvaluationFile,
  answers: readonly MeasuredAnswer[],
  stage: Stage,
): HTMLElement {
  const { words } = stage;
  const { t } = words;
  const table = new NumberTable(label, 'answers');
  const head = [t('verdict'), t('answer'), t('tokens'), t('truncated'), t('text')];
  table.show(
    head,
    answers.map((answer, at) => cellsOf(answer, at, of, stage)),
    true,
  );
  return table.element;
}

function cellsOf(answer: MeasuredAnswer, at: number, of: EvaluationFile, { words, post }: Stage): Cell[] {
  const { t, count } = words;
  const open = linkButton(t('Open'), () => post({ type: 'openAnswer', of, id: answer.id }));
  setAttributes(open, { 'aria-label': t('Open completion {0} beside the code', at + 1) });
  const isCut = answer.finishReason === 'length';
  return [verdictCell(answer, words), givenCell(answer, words), count(answer.tokens), isCut ? t('yes') : t('no'), open];
}

/** Sign and word. */
export function verdictCell(answer: Pick<MeasuredAnswer, 'verdict' | 'finishReason'>, words: Words): HTMLElement {
  const sign = verdictSign(answer, words);
  sign.setAttribute('aria-hidden', 'true');
  return element('span', 'signed', sign, verdictName(words.t, answer.verdict));
}

function givenCell({ answer }: MeasuredAnswer, { t }: Words): HTMLElement {
  if (answer === null) return element('em', '', t('none found'));
  const given = element('code', 'given');
  setLine(given, answer, 80);
  return given;
}
