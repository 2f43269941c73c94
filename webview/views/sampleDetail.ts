/** The chosen completion: prompt, trace line by line with its first wrong step, answer against gold, how it was drawn. */
import type { Completion } from '../../src/protocol/events.ts';
import { element, setAttributes, setLine, setQuoted } from '../dom.ts';
import { icon } from '../icons.ts';
import type { Stage } from '../stage.ts';
import { verdictText, type Words, signedText } from '../text.ts';
import { button } from '../toolkit.ts';
import { traceLines, type TraceLine } from './traceSteps.ts';
import { verdictSign } from './verdict.ts';

/** Longer texts are cut here and are whole in the document beside the code. */
const SHOWN: TraceLimits = { characters: 20_000, lines: 400 };

export interface TraceLimits {
  readonly characters: number;
  readonly lines: number;
}

export class SampleDetail {
  readonly element = element('article', 'detail');
  readonly #stage: Stage;
  #shown: Completion | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
    setAttributes(this.element, { tabindex: '0', role: 'region', 'aria-label': stage.words.t('Chosen completion') });
  }

  draw(completion: Completion, words: Words): void {
    if (completion === this.#shown) return;
    this.#shown = completion;
    this.element.scrollTop = 0;
    this.element.replaceChildren(
      this.#head(completion, words),
      heading(words.t('Prompt')),
      quoted('prompt-text', completion.prompt),
      heading(completion.trace ? words.t('Chain of thought') : words.t('Completion')),
      ...traceElements(completion, words, SHOWN),
      answerElement(completion, words),
      factsElement(completion, words),
    );
  }

  #head(completion: Completion, words: Words): HTMLElement {
    const { id } = completion;
    const open = button({
      label: words.t('Open beside code'),
      icon: 'open',
      onPress: () => this.#stage.post({ type: 'openCompletion', id }),
    });
    const verdict = element('strong', '', verdictText(words.t, completion));
    return element('div', 'detail-head', verdictSign(completion, words), verdict, open);
  }
}

const heading = (text: string): HTMLElement => element('h2', '', text);

function quoted(className: string, text: string): HTMLElement {
  const made = element('pre', className);
  setQuoted(made, text.slice(0, SHOWN.characters));
  return made;
}

/** The trace line by line, cut at the limits with a sentence that says so, or torn where the token limit cut it. */
export function traceElements(completion: Completion, { t, count }: Words, limits: TraceLimits): HTMLElement[] {
  const whole = completion.trace || completion.text;
  const shown = whole.slice(0, limits.characters);
  const lines = traceLines({ trace: shown, text: shown, steps: completion.steps });
  const list = element('ol', 'trace', ...lines.slice(0, limits.lines).map((line) => traceLine(line, t)));
  const isLong = shown.length < whole.length || lines.length > limits.lines;
  const rest = t('{0} characters in all; the rest is in the document beside the code.', count(whole.length));
  const parts: HTMLElement[] = [list];
  if (isLong) parts.push(element('p', 'note', rest));
  else if (completion.finishReason === 'length') parts.push(tornEdge(t('Cut at the token limit')));
  return parts;
}

function traceLine({ text, steps, isFirstError }: TraceLine, t: Words['t']): HTMLElement {
  const number = element('span', 'line-number', steps.join(','));
  const written = element('code', 'line-text');
  setQuoted(written, text);
  const line = element('li', isFirstError ? 'trace-line wrong-step' : 'trace-line', number, written);
  if (isFirstError) line.append(element('span', 'wrong-mark', icon('cross'), t('first wrong step')));
  return line;
}

/** Where the token limit cut the text: drawn as torn paper, and said. */
function tornEdge(words: string): HTMLElement {
  return element('div', 'torn', element('div', 'torn-edge'), element('p', 'note', icon('cut'), words));
}

function answerElement({ answer, gold, text }: Completion, { t }: Words): HTMLElement {
  const given = element('dd', 'answer');
  if (answer === null) given.append(element('em', '', t('none found')));
  else setLine(given, answer, 400);
  const list = element('dl', 'pairs answers', element('dt', '', t('Answer')), given);
  if (gold !== null) {
    const right = element('dd', 'answer');
    setLine(right, gold, 400);
    list.append(element('dt', '', t('Right answer')), right);
  }
  const ending = element('dd', 'answer');
  setLine(ending, text.trimEnd().split('\n').at(-1)?.slice(-80) ?? '', 80);
  if (answer === null) list.append(element('dt', '', t('Ends with')), ending);
  return list;
}

/** How a completion of RL counted: its reward with the parts, and what it was worth beside its siblings. */
function rolloutFacts({ rollout }: Completion, { t, decimal }: Words): [string, string][] {
  if (!rollout) return [];
  const parts = Object.entries(rollout.rewards).map(([name, value]) => `${name} ${decimal(value, 2)}`);
  return [
    [t('Reward'), `${decimal(rollout.reward, 2)} (${parts.join(', ')})`],
    [t('Advantage'), signedText(rollout.advantage, decimal)],
    [t('Group'), rollout.group],
  ];
}

function factsElement(completion: Completion, words: Words): HTMLElement {
  const { t, count, decimal } = words;
  const { step, tokens, seed, temperature, meanLogProbability, steps } = completion;
  const facts: [string, string][] = [
    [t('Step'), count(step)],
    [t('Tokens'), count(tokens)],
    [t('Seed'), String(seed)],
    [t('Temperature'), temperature === 0 ? t('0 (greedy)') : decimal(temperature, 2)],
  ];
  if (meanLogProbability !== null)
    facts.push([
      t('Mean log-probability'),
      `${decimal(meanLogProbability, 3)} (p̄ ${decimal(Math.exp(meanLogProbability), 2)})`,
    ]);
  if (steps) facts.push([t('Written steps'), t('{0}, {1} wrong', steps.count, steps.wrong)]);
  facts.push(...rolloutFacts(completion, words));
  return element(
    'dl',
    'pairs',
    ...facts.flatMap(([name, value]) => [element('dt', '', name), element('dd', 'number', value)]),
  );
}
