/** Where a prompt ends and the completion begins, and what the completion is: as the model will be asked, whatever a template does to history. */
import { chatFinding, type ChatFinding } from './chatFinding.ts';
import type { Message } from './chatTemplate.ts';
import { behindPrefill, prefillOf, readTurn } from './thinking.ts';

export interface CompletionText {
  /** What the model is given. */
  readonly prompt: string;
  /** What it is to write, with the template's own ending. */
  readonly completion: string;
  readonly findings: readonly ChatFinding[];
}

/**
 * `full` is the conversation as rendered, `prompt` the same without its last message and with the generation prompt.
 * Where the conversation goes on from the prompt with the trace in it, the completion is the rest of it, as in TRL. Where the
 * template prefills or strips the trace, it is the row's own text between the prompt and the template's ending.
 */
export function completionText(full: string, prompt: string, message: Message): CompletionText | ChatFinding {
  const turn = readTurn(message);
  const prefill = prefillOf(prompt);
  const isWhole = turn.trace === null || full.slice(prompt.length).includes(turn.trace);
  if (full.startsWith(prompt) && isWhole && (turn.trace !== null || !prefill || prefill.isClosed))
    return { prompt, completion: full.slice(prompt.length), findings: prefill ? [chatFinding('thinkPrefilled')] : [] };
  const rest = afterHead(full, prompt, prefill?.at ?? prompt.length);
  if (rest === null) return chatFinding('promptDiffers');
  const place = rest.lastIndexOf(turn.answer);
  if (place < 0) return chatFinding('answerLost');
  const ending = rest.slice(place + turn.answer.length);
  if (!prefill) return { prompt, completion: turn.whole + ending, findings: [chatFinding('thinkStripped')] };
  const kind = prefill.isClosed
    ? turn.trace === null
      ? 'thinkPrefilled'
      : 'traceWithThinkingOff'
    : turn.trace === null
      ? 'prefilledWithoutTrace'
      : 'thinkPrefilled';
  return { prompt, completion: behindPrefill(turn, prefill) + ending, findings: [chatFinding(kind)] };
}

/** What the conversation has behind the part of the prompt that is no prefill; null where it begins otherwise. */
const afterHead = (full: string, prompt: string, end: number): string | null =>
  full.startsWith(prompt.slice(0, end)) ? full.slice(end) : null;
