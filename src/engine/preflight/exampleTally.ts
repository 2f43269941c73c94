/** Counts, example by example, what a model will be trained on and what it will not. */
import type { Affected, ExampleStatistics } from '../../protocol/preflight.ts';
import type { LeftOut } from '../../protocol/preparation.ts';
import { english } from '../../protocol/sentence.ts';
import type { ChatFinding, RefusalKind } from '../chat/chatFinding.ts';
import { lengthStatistics } from './lengthStatistics.ts';
import { isLearned, learnedIn, type MaskedTokens } from './trainedPart.ts';

/** A row as tokens, or why it is none. `place` says where it stands, e.g. `train.jsonl:17`. */
export type PreflightRow =
  | { readonly place: string; readonly example: MaskedTokens & { readonly findings: readonly ChatFinding[] } }
  | { readonly place: string; readonly refused: RefusedFinding }
  | { readonly place: string; readonly bad: Pick<LeftOut, 'reason' | 'detail'>; readonly rows?: number };

/** Of severity `error`. */
type RefusedFinding = ChatFinding & { readonly kind: RefusalKind };

export interface TallyOptions {
  /** Tokens of an example that are trained on at most. */
  readonly mostTokens: number;
  readonly onLongExample: 'drop' | 'truncate' | 'stop';
  /** All that end a completion. */
  readonly endTokens: readonly number[];
  /** How many tokens stand before a text that has no prompt. */
  readonly beginTokens: number;
}

type Trouble = 'tooLong' | 'answerLost' | 'endLost' | 'nothingLearned' | 'endUnlearned';

const NONE: Affected = { count: 0, first: '' };

export class ExampleTally {
  readonly #options: TallyOptions;
  readonly #lengths = { prompt: [] as number[], completion: [] as number[], total: [] as number[] };
  readonly #affected = new Map<Trouble, Affected>();
  readonly #chat = new Map<string, Affected & { readonly finding: ChatFinding }>();
  readonly #bad = new Map<LeftOut['reason'], LeftOut>();
  #trained = 0;
  #tokens = 0;
  #learned = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  add(row: PreflightRow): void {
    if ('example' in row) {
      for (const finding of row.example.findings) this.#noteChat(finding, row.place);
      this.#addExample(row.example, row.place);
      return;
    }
    const { reason, detail } = 'bad' in row ? row.bad : refusal(row.refused);
    const known = this.#bad.get(reason) ?? { reason, detail, rows: 0, first: row.place };
    this.#bad.set(reason, { ...known, rows: known.rows + ('bad' in row ? (row.rows ?? 1) : 1) });
  }

  result(): ExampleStatistics {
    const { prompt, completion, total } = this.#lengths;
    const affected = (trouble: Trouble): Affected => this.#affected.get(trouble) ?? NONE;
    return {
      examples: total.length,
      prompt: lengthStatistics(prompt),
      completion: lengthStatistics(completion),
      total: lengthStatistics(total),
      trained: this.#trained,
      tokens: this.#tokens,
      learned: this.#learned,
      tooLong: affected('tooLong'),
      answerLost: affected('answerLost'),
      endLost: affected('endLost'),
      nothingLearned: affected('nothingLearned'),
      endUnlearned: affected('endUnlearned'),
      chat: [...this.#chat.values()].map(({ finding: { kind, severity, said: told }, count, first }) => ({
        kind,
        severity,
        said: told,
        count,
        first,
      })),
      bad: [...this.#bad.values()],
    };
  }

  #addExample(example: MaskedTokens, place: string): void {
    const { tokens, promptLength } = example;
    this.#lengths.prompt.push(promptLength);
    this.#lengths.completion.push(tokens.length - promptLength);
    this.#lengths.total.push(tokens.length);
    const isLong = tokens.length > this.#options.mostTokens;
    if (isLong) this.#noteLong(example, place);
    if (isLong && this.#options.onLongExample !== 'truncate') return;
    const end = Math.min(tokens.length, this.#options.mostTokens);
    const learned = learnedIn(example, 0, end);
    this.#trained++;
    this.#tokens += end;
    this.#learned += learned;
    if (learned === 0) this.#note('nothingLearned', place);
    else if (!isLong && !this.#learnsEnd(example)) this.#note('endUnlearned', place);
  }

  /** What lies beyond the limit. A text without a prompt has no answer: it is read on as far as it goes. */
  #noteLong(example: MaskedTokens, place: string): void {
    const { mostTokens, endTokens } = this.#options;
    this.#note('tooLong', place);
    const lost = learnedIn(example, mostTokens, example.tokens.length);
    if (lost === 0 || example.promptLength <= this.#options.beginTokens) return;
    const isEndOnly = lost === 1 && endTokens.includes(example.tokens[lastLearned(example)] ?? -1);
    this.#note(isEndOnly ? 'endLost' : 'answerLost', place);
  }

  #learnsEnd(example: MaskedTokens): boolean {
    return this.#options.endTokens.includes(example.tokens[lastLearned(example)] ?? -1);
  }

  #note(trouble: Trouble, place: string): void {
    this.#affected.set(trouble, oneMore(this.#affected.get(trouble) ?? NONE, place));
  }

  #noteChat(finding: ChatFinding, place: string): void {
    const known = this.#chat.get(finding.kind) ?? { finding, ...NONE };
    this.#chat.set(finding.kind, { finding, ...oneMore(known, place) });
  }
}

const oneMore = ({ count, first }: Affected, place: string): Affected => ({
  count: count + 1,
  first: count === 0 ? place : first,
});

const refusal = ({ kind, said }: RefusedFinding): Pick<LeftOut, 'reason' | 'detail'> => ({
  reason: kind,
  detail: kind === 'raised' ? english(said) : '',
});

/** Place of the last token that carries loss; -1 for none. */
function lastLearned(example: MaskedTokens): number {
  for (let place = example.tokens.length - 1; place >= 0; place--) if (isLearned(example, place)) return place;
  return -1;
}
