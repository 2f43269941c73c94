/** One problem with all its completions as one line of a list. */
import { element, setLine, setText } from '../dom.ts';
import type { Words } from '../text.ts';
import type { ProblemRow } from './problemRows.ts';
import { verdictSign } from './verdict.ts';

export const PROBLEM_ROW_HEIGHT = 24;

/** More signs than this are told as a number only. */
const SIGNS_SHOWN = 8;

export function fillProblemRow(node: HTMLElement, { problem, right, cut, length }: ProblemRow, words: Words): void {
  if (node.childElementCount === 0)
    node.append(
      ...['signs', 'number share', 'prompt', 'gold', 'number cut', 'number tokens'].map((name) =>
        element('span', name),
      ),
    );
  node.className = 'row problem-row';
  const [signs, share, prompt, gold, truncated, tokens] = node.children;
  if (!signs || !share || !prompt || !gold || !truncated || !tokens) return;
  const { t, count, decimal } = words;
  const { answers } = problem;
  signs.replaceChildren(...(answers.length <= SIGNS_SHOWN ? answers.map((answer) => verdictSign(answer, words)) : []));
  setText(share, answers.length > 1 ? t('{0} of {1} right', count(right), count(answers.length)) : '');
  setLine(prompt, problem.prompt, 300);
  setLine(gold, problem.gold ?? '', 60);
  setText(truncated, cut > 0 ? t('{0} truncated', count(cut)) : '');
  setText(tokens, t('{0} tok', answers.length > 1 ? decimal(length, 0) : count(length)));
}
