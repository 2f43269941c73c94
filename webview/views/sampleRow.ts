/** One completion as one line of the list. */
import type { Completion } from '../../src/protocol/events.ts';
import { element, setLine, setText } from '../dom.ts';
import { signedText, type Words } from '../text.ts';
import { showVerdict } from './verdict.ts';

/** Pixels. */
export const SAMPLE_ROW_HEIGHT = 24;

const PARTS = [
  'sign',
  'number step',
  'prompt',
  'checked',
  'number gain',
  'cut',
  'number tokens',
  'number seed',
  'number likely',
];

/** Writes a completion into a row, which may have shown another. */
export function fillSampleRow(node: HTMLElement, completion: Completion, words: Words): void {
  if (node.childElementCount === 0) node.append(...PARTS.map((part) => element('span', part)));
  const [sign, step, prompt, checked, gain, cut, tokens, seed, likely] = node.children;
  if (!(sign instanceof HTMLElement) || !step || !prompt || !checked || !gain || !cut || !tokens || !seed || !likely)
    return;
  const { t, count } = words;
  node.classList.add('sample-row');
  showVerdict(sign, completion, words);
  setText(step, count(completion.step));
  setLine(prompt, completion.prompt, 120);
  setText(checked, stepsWords(completion, words));
  setText(gain, gainWords(completion, words));
  setText(cut, completion.finishReason === 'length' ? t('truncated') : '');
  setText(tokens, t('{0} tok', count(completion.tokens)));
  setText(seed, t('seed {0}', completion.seed));
  setText(likely, likelyWords(completion, words));
}

/** `steps 3/5 · first error at 3`: right ones of all, then where it goes wrong. */
function stepsWords({ steps }: Completion, { t }: Words): string {
  if (!steps || steps.count === 0) return '';
  if (steps.firstError === null) return t('steps {0}', steps.count);
  return t('steps {0}/{1}, first error at {2}', steps.count - steps.wrong, steps.count, steps.firstError + 1);
}

/** `A +0.35`: what a completion of RL is worth beside its siblings. */
const gainWords = ({ rollout }: Completion, { decimal }: Words): string =>
  rollout ? `A ${signedText(rollout.advantage, decimal)}` : '';

/** The geometric mean of the tokens' probabilities. */
export const likelyWords = ({ meanLogProbability }: Completion, { decimal }: Words): string =>
  meanLogProbability === null ? '' : `p̄ ${decimal(Math.exp(meanLogProbability), 2)}`;
