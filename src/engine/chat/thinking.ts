/** A trace and its answer within an assistant's turn, as Qwen 3 and DeepSeek R1 write them: `<think>` trace `</think>` answer. */
import type { Message } from './chatTemplate.ts';

export const THINK = '<think>';
export const THINK_END = '</think>';

export interface Turn {
  /** Null for a turn without one. */
  readonly trace: string | null;
  /** What stands behind the trace, without white space around it. */
  readonly answer: string;
  /** Trace and answer as the model is to write them, without white space at the end. */
  readonly whole: string;
}

/** A trace in a field of its own counts before one in the content. */
export function readTurn({ content, reasoning_content }: Message): Turn {
  if (reasoning_content !== undefined) {
    const answer = content.trim();
    const trace = reasoning_content.trim();
    return { trace, answer, whole: `${THINK}\n${trace}\n${THINK_END}\n\n${answer}`.trimEnd() };
  }
  const end = content.indexOf(THINK_END);
  if (end < 0) return { trace: null, answer: content.trim(), whole: content.trimEnd() };
  const trace = content.slice(0, end).trimStart().replace(THINK, '').trim();
  return { trace, answer: content.slice(end + THINK_END.length).trim(), whole: content.trimEnd() };
}

/** What a template begins for the assistant at the end of a prompt. */
export interface Prefill {
  /** Where it begins in the prompt. */
  readonly at: number;
  /** Whether it has closed the trace already: thinking is switched off. */
  readonly isClosed: boolean;
}

/** Null where the assistant begins by itself. */
export function prefillOf(prompt: string): Prefill | null {
  const found = /<think>\s*(<\/think>\s*)?$/.exec(prompt);
  return found && { at: found.index, isClosed: found[1] !== undefined };
}

/** What is left to write behind a prefilled `<think>`. A turn without a trace closes it at once. */
export function behindPrefill({ trace, answer, whole }: Turn, { isClosed }: Prefill): string {
  if (isClosed) return answer;
  if (trace === null) return `${THINK_END}\n\n${answer}`;
  return whole.trimStart().startsWith(THINK) ? whole.trimStart().slice(THINK.length).trimStart() : whole;
}
