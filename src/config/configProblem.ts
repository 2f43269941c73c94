/** One thing that is wrong (or doubtful) in a config, with the place where it is written and what to do about it. */

export interface ConfigProblem {
  readonly file: string;
  /** Line and column of the first character at fault and of the one after the last, from 1; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** Dotted path, e.g. `training.learningRate`; empty for the file as a whole. */
  readonly key: string;
  /** The text at fault as it is written, shortened; empty where nothing is written. */
  readonly value: string;
  /** What is wrong: a clause that starts in lower case and ends without a full stop. */
  readonly message: string;
  /** What to do: a sentence; empty where the message already says it. */
  readonly remedy: string;
  /** `hint`: good to know, nothing is to be done. */
  readonly severity: 'error' | 'warning' | 'hint';
  /** The text is no sound JSON there: an editor that knows JSON says so too. */
  readonly isSyntax?: true;
  /** Text that puts exactly this range right, for a quick fix. */
  readonly replacement?: string;
}

/** Message and remedy as running text. */
export function problemText({ message, remedy }: Pick<ConfigProblem, 'message' | 'remedy'>): string {
  const sentence = /[.?!]$/.test(message) ? message : `${message}.`;
  return remedy === '' ? sentence : `${sentence} ${remedy}`;
}

/** `file:line:column: key: value: message. remedy` on one line, as compilers write it. */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, key, value } = problem;
  const place = [`${file}:${line}:${column}`, key, value].filter((part) => part !== '');
  return `${place.join(': ')}: ${problemText(problem)}`;
}
