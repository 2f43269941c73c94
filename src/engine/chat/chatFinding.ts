/** What may go wrong between a conversation and its tokens: for pre-flight to count, and for a row's report. */
import { said, type Sentence } from '../../protocol/sentence.ts';

export type ChatFindingKind =
  /** The row cannot be trained on. */
  | 'raised'
  | 'noAnswer'
  | 'promptDiffers'
  | 'answerLost'
  | 'unknownCharacter'
  /** The row is trained on, otherwise than template or data alone say. */
  | 'thinkStripped'
  | 'prefilledWithoutTrace'
  | 'traceWithThinkingOff'
  | 'missingEos'
  | 'turnUnplaced'
  | 'historyStripped'
  /** Good to know. */
  | 'thinkPrefilled'
  | 'padIsEnd';

export interface ChatFinding {
  readonly kind: ChatFindingKind;
  /** `error`: the row is left out. `warning`: read before training. `hint`: taken care of. */
  readonly severity: 'error' | 'warning' | 'hint';
  readonly said: Sentence;
}

/** `why` are the words of the template. */
export const raised = (why: string): ChatFinding => ({
  kind: 'raised',
  severity: 'error',
  said: said`The chat template refuses the conversation: ${why}`,
});

const SENTENCES = {
  noAnswer: said`The conversation does not end with a turn of the assistant, so that nothing is there to learn.`,
  promptDiffers: said`The chat template writes the prompt of the last turn otherwise than the whole conversation does, so that where the completion begins is not known.`,
  answerLost: said`The chat template leaves the answer out, or changes it, so that it cannot be learned.`,
  unknownCharacter: said`The row has a character that the model was never given.`,
  thinkStripped: said`The chat template leaves out the trace of the last turn. It is trained with the trace as the data has it.`,
  prefilledWithoutTrace: said`The chat template begins the completion with <think>, but the row has no trace. It is trained with an empty one.`,
  traceWithThinkingOff: said`Thinking is switched off in the prompt, but the row has a trace. It is trained without it.`,
  missingEos: said`The chat template writes no end token behind the answer. One is added, so that the model learns to stop.`,
  turnUnplaced: said`An earlier turn of the assistant cannot be found again in the rendered conversation; it is read, but not learned.`,
  historyStripped: said`The chat template leaves out the traces of earlier turns: those turns are learned without them.`,
  thinkPrefilled: said`The chat template begins the completion with <think>. It is part of the prompt here too, as when the model writes.`,
  padIsEnd: said`Padding and the end of a completion are the same token. Padding is known here by its place, so that the end is learned; a tool that masks padding by its token never learns it.`,
} as const satisfies Record<Exclude<ChatFindingKind, 'raised'>, Sentence>;

/** Kinds for which a row is left out. */
export const REFUSAL_KINDS = ['raised', 'noAnswer', 'promptDiffers', 'answerLost', 'unknownCharacter'] as const;
export type RefusalKind = (typeof REFUSAL_KINDS)[number];

export const isRefusal = (kind: ChatFindingKind): kind is RefusalKind => REFUSAL_KINDS.some((known) => known === kind);

/** Kinds that a row is trained on with; the order is part of what caches hold. */
export const NOTE_KINDS = [
  'thinkStripped',
  'prefilledWithoutTrace',
  'traceWithThinkingOff',
  'missingEos',
  'turnUnplaced',
  'historyStripped',
  'thinkPrefilled',
  'padIsEnd',
] as const satisfies readonly ChatFindingKind[];
export type NoteKind = (typeof NOTE_KINDS)[number];

const HINTS: readonly ChatFindingKind[] = ['thinkPrefilled', 'padIsEnd'];

export function chatFinding(kind: keyof typeof SENTENCES): ChatFinding {
  const severity = isRefusal(kind) ? 'error' : HINTS.includes(kind) ? 'hint' : 'warning';
  return { kind, severity, said: SENTENCES[kind] };
}
