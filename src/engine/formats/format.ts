/** The contract of a format: which columns a row of it has, and what a row means. */

/** One turn of a conversation. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** What is learned from: a prompt and the completion that answers it. */
export interface Example {
  /** A text as it stands, or the turns before the completion. Empty for plain text. */
  readonly prompt: string | readonly Turn[];
  /** Chain of thought and answer. */
  readonly completion: string;
  /** What was judged worse than the completion; left out where nothing was. */
  readonly rejected?: string;
  /** The right answer, as the data set tells it; null if it does not. */
  readonly answer: string | null;
  /** What a verifier of the data set said of this completion; null if none did. */
  readonly isCorrect: boolean | null;
  /** The harder, the larger; in the data set's own scale. Null if it tells none. */
  readonly difficulty: number | null;
  /** How hard the problem is, in the data set's own words, such as `Level 3`; null or left out if it tells none. */
  readonly level?: string | null;
}

/** Parts of a row that a column may hold. */
export const COLUMN_ROLES = [
  'messages',
  'conversations',
  'prompt',
  'completion',
  'chosen',
  'rejected',
  'system',
  'instruction',
  'input',
  'output',
  'problem',
  'solution',
  'generations',
  'correctness',
  'thinking',
  'attempt',
  'answer',
  'difficulty',
  'level',
  'text',
] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** The column that plays each role. */
export type ColumnMapping = Readonly<Partial<Record<ColumnRole, string>>>;

export interface RoleSpec {
  readonly role: ColumnRole;
  /** Usual names, the likeliest first. */
  readonly columns: readonly string[];
  readonly isRequired: boolean;
}

export interface Format {
  readonly name: string;
  readonly roles: readonly RoleSpec[];
  /** The examples of one row, at least one. Throws `UnreadableRow`. */
  parse(row: MappedRow): readonly Example[];
}

/** A row that is not what its format says; the message names the column. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
  readonly rule: 'missingColumn' | 'wrongType' | 'empty' | 'samePair';

  constructor(rule: UnreadableRow['rule'], message: string) {
    super(message);
    this.rule = rule;
  }
}

/** A row seen through a mapping: its parts by role. */
export class MappedRow {
  readonly #row: Readonly<Record<string, unknown>>;
  readonly #mapping: ColumnMapping;

  constructor(row: Readonly<Record<string, unknown>>, mapping: ColumnMapping) {
    this.#row = row;
    this.#mapping = mapping;
  }

  /** Null where the role has no column, or the column no value. */
  value(role: ColumnRole): unknown {
    const column = this.#mapping[role];
    return column !== undefined && Object.hasOwn(this.#row, column) ? (this.#row[column] ?? null) : null;
  }

  /** A text that is not blank. */
  text(role: ColumnRole): string {
    const text = this.#typed(role, this.value(role), isText, 'text');
    if (text.trim() === '') throw new UnreadableRow('empty', `"${this.#name(role)}" is empty`);
    return text;
  }

  /** A text that is not blank, or a number as text. */
  textOrNumber(role: ColumnRole): string {
    const value = this.value(role);
    return typeof value === 'number' ? String(value) : this.text(role);
  }

  /** A text, or null where there is none or a blank one. */
  optionalText(role: ColumnRole): string | null {
    const value = this.value(role);
    if (typeof value === 'number') return String(value);
    if (value === null) return null;
    const text = this.#typed(role, value, isText, 'text');
    return text.trim() === '' ? null : text;
  }

  /** A text that is not blank, or a number as text; null for anything else. */
  label(role: ColumnRole): string | null {
    const value = this.value(role);
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    return isText(value) && value.trim() !== '' ? value.trim() : null;
  }

  list(role: ColumnRole): readonly unknown[] {
    const list = this.#typed(role, this.value(role), Array.isArray, 'a list') as readonly unknown[];
    if (list.length === 0) throw new UnreadableRow('empty', `"${this.#name(role)}" is an empty list`);
    return list;
  }

  /** The list of texts that a column holds. */
  texts(role: ColumnRole): readonly string[] {
    return this.list(role).map((entry) => this.#typed(role, entry, isText, 'a list of texts'));
  }

  /** A number, also one written as text; null where there is none. */
  number(role: ColumnRole): number | null {
    const value = this.value(role);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : null;
  }

  #typed<T>(role: ColumnRole, value: unknown, is: (value: unknown) => value is T, what: string): T {
    if (value === null) throw new UnreadableRow('missingColumn', `"${this.#name(role)}" is missing`);
    if (!is(value)) throw new UnreadableRow('wrongType', `"${this.#name(role)}" is ${kindOf(value)}, not ${what}`);
    return value;
  }

  #name(role: ColumnRole): string {
    return this.#mapping[role] ?? role;
  }
}

export const required = (role: ColumnRole, ...columns: string[]): RoleSpec => ({ role, columns, isRequired: true });
export const optional = (role: ColumnRole, ...columns: string[]): RoleSpec => ({ role, columns, isRequired: false });

/** An example of a data set that tells neither answer nor verdict. */
export const plainExample = (
  prompt: Example['prompt'],
  completion: string,
  more: Partial<Pick<Example, 'answer' | 'isCorrect' | 'difficulty' | 'level' | 'rejected'>> = {},
): Example => ({ prompt, completion, answer: null, isCorrect: null, difficulty: null, ...more });

export const kindOf = (value: unknown): string =>
  value === null
    ? 'empty'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`;

const isText = (value: unknown): value is string => typeof value === 'string';
