/** Counts, example by example, what a model will be trained on and what it will not. */
import type { Affected, ExampleStatistics } from '../../protocol/preflight.ts';
import type { LeftOut } from '../../protocol/preparation.ts';
import { english } from '../../protocol/sentence.ts';
import type { ChatFinding, RefusalKind } from '../chat/chatFinding.ts';
import { lengthStatistics } from './lengthStatistics.ts';
import { isLearned, learnedIn, type MaskedTokens } from './trainedPart.ts';

/** A row as tokens, or why it is none. `place` says where it stands, e.g. `train.jsonl:17`. */
export type PreflightRow =
  | { readonly place: string; readonly example: TalliedExample }
  | { readonly place: string; readonly refused: RefusedFinding }
  | { readonly place: string; readonly bad: Pick<LeftOut, 'reason' | 'detail'>; readonly rows?: number };

/** Of a preference with what it is preferred to: both are read, and one counts as one example. */
type TalliedExample = EncodedExample & { readonly rejected?: EncodedExample };
type EncodedExample = MaskedTokens & { readonly findings: readonly ChatFinding[] };

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
      for (const finding of findingsOf(row.example)) this.#noteChat(finding, row.place);
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

  #addExample(example: TalliedExample, place: string): void {
    const { mostTokens, onLongExample } = this.#options;
    const sequences = example.rejected ? [example, example.rejected] : [example];
    this.#addLengths(sequences);
    const long = sequences.filter(({ tokens }) => tokens.length > mostTokens);
    if (long.length > 0) this.#noteLong(long, place);
    if (long.length > 0 && onLongExample !== 'truncate') return;
    const learned = sequences.map((one) => learnedIn(one, 0, Math.min(one.tokens.length, mostTokens)));
    this.#trained++;
    this.#tokens += sum(sequences.map(({ tokens }) => Math.min(tokens.length, mostTokens)));
    this.#learned += sum(learned);
    if (learned.includes(0)) this.#note('nothingLearned', place);
    else if (sequences.some((one) => !long.includes(one) && !this.#learnsEnd(one))) this.#note('endUnlearned', place);
  }

  /** Of a pair those of the longer sequence, which decide what fits. */
  #addLengths(sequences: readonly MaskedTokens[]): void {
    const { prompt, completion, total } = this.#lengths;
    prompt.push(Math.max(...sequences.map(({ promptLength }) => promptLength)));
    completion.push(Math.max(...sequences.map(({ tokens, promptLength }) => tokens.length - promptLength)));
    total.push(Math.max(...sequences.map(({ tokens }) => tokens.length)));
  }

  /** What lies beyond the limit, the graver of two losses. */
  #noteLong(long: readonly MaskedTokens[], place: string): void {
    this.#note('tooLong', place);
    const lost = long.map((example) => this.#lostIn(example));
    const gravest = (['answerLost', 'endLost'] as const).find((trouble) => lost.includes(trouble));
    if (gravest !== undefined) this.#note(gravest, place);
  }

  /** A text without a prompt has no answer: it is read on as far as it goes. */
  #lostIn(example: MaskedTokens): 'answerLost' | 'endLost' | null {
    const { mostTokens, endTokens, beginTokens } = this.#options;
    const lost = learnedIn(example, mostTokens, example.tokens.length);
    if (lost === 0 || example.promptLength <= beginTokens) return null;
    const isEndOnly = lost === 1 && endTokens.includes(example.tokens[lastLearned(example)] ?? -1);
    return isEndOnly ? 'endLost' : 'answerLost';
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

/** Each kind once. */
function findingsOf({ findings, rejected }: TalliedExample): readonly ChatFinding[] {
  const kinds = new Set(findings.map(({ kind }) => kind));
  return [...findings, ...(rejected?.findings.filter(({ kind }) => !kinds.has(kind)) ?? [])];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

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
