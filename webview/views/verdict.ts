/** The sign of a verdict: a shape, a colour and a word, never the colour alone. */
import type { Completion } from '../../src/protocol/events.ts';
import { element, setAttributes } from '../dom.ts';
import { setIcon, type IconName } from '../icons.ts';
import { verdictText, type Words } from '../text.ts';

const SIGNS: Readonly<Record<Completion['verdict'], IconName>> = {
  correct: 'check',
  wrong: 'cross',
  unparsed: 'question',
  ungraded: 'dash',
};

/** As far as a sign tells of a completion. */
type Judged = Pick<Completion, 'verdict' | 'finishReason'>;

export function verdictSign(completion: Judged, words: Words): HTMLElement {
  const made = element('span', 'sign');
  showVerdict(made, completion, words);
  return made;
}

/** Shows the verdict in a node that may have shown another. */
export function showVerdict(node: HTMLElement, completion: Judged, words: Words): void {
  setIcon(node, SIGNS[completion.verdict]);
  setAttributes(node, {
    class: `sign verdict-${completion.verdict}`,
    role: 'img',
    'aria-label': verdictText(words.t, completion),
    title: verdictText(words.t, completion),
  });
}
