/** One completion as a document to read beside code. */
import { displayLine, displayText } from '../protocol/displayText.ts';
import type { Completion, Verdict } from '../protocol/events.ts';
import { whole } from './numbers.ts';
import type { Say } from './say.ts';

const RULE = '─'.repeat(60);

/** Header, prompt, trace by lines, answer and verdict. Every character of the model is shown, hidden ones as escapes. */
export function completionText(completion: Completion, runName: string, say: Say): string {
  const { prompt, text, trace, answer, gold } = completion;
  const header = [
    [say('Run'), displayLine(runName)],
    [say('Verdict'), verdictWords(completion.verdict, say)],
    [say('Right answer'), gold === null ? '—' : displayLine(gold)],
    [say('Sampled'), samplingWords(completion, say)],
    [say('Written steps'), stepsWords(completion, say)],
  ];
  const width = Math.max(...header.map(([title = '']) => title.length)) + 2;
  return [
    ...header.map(([title = '', value = '']) => `${title.padEnd(width)}${value}`),
    ...section(say('Prompt'), prompt),
    ...section(say('Chain of thought'), trace === '' ? say('(none)') : trace),
    ...section(say('Answer'), answer ?? say('(none found)')),
    ...section(say('Everything that was generated'), text),
    '',
  ].join('\n');
}

export function verdictWords(verdict: Verdict, say: Say): string {
  switch (verdict) {
    case 'correct':
      return `✓ ${say('right')}`;
    case 'wrong':
      return `✗ ${say('wrong')}`;
    case 'unparsed':
      return `? ${say('no answer found')}`;
    case 'ungraded':
      return `○ ${say('not graded')}`;
    default:
      return verdict satisfies never;
  }
}

const section = (title: string, text: string): string[] => ['', `── ${title} ${RULE}`.slice(0, 60), displayText(text)];

function samplingWords({ step, seed, temperature, tokens, finishReason }: Completion, say: Say): string {
  const sampled = say('step {0}, seed {1}, temperature {2}, {3} tokens', whole(step), seed, temperature, whole(tokens));
  return finishReason === 'length' ? `${sampled}, ${say('cut at the token limit')}` : sampled;
}

function stepsWords({ steps }: Completion, say: Say): string {
  if (steps === null || steps.count === 0) return say('none that can be checked');
  if (steps.firstError === null) return say('{0}, all right', steps.count);
  return say('{0}, {1} wrong; the first wrong one is step {2}', steps.count, steps.wrong, steps.firstError + 1);
}
