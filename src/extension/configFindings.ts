/** What is wrong in the configs of the workspace, in the Problems view while one types. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  Diagnostic,
  DiagnosticSeverity,
  languages,
  Range,
  workspace,
  type DiagnosticCollection,
  type Disposable,
  type TextDocument,
  type Uri,
} from 'vscode';
import { problemText, type ConfigProblem } from '../config/configProblem.ts';
import type { ParsedConfig } from '../config/parseConfig.ts';
import type { Strings } from '../protocol/translate.ts';
import { thisMachine } from '../runs/machine.ts';

export const CONFIG_PATTERN = '**/*.valley.jsonc';
const CONFIG_END = '.valley.jsonc';
/** After the last keystroke. */
const QUIET_MS = 250;

export const isConfig = (uri: Uri): boolean => uri.path.endsWith(CONFIG_END);

export class ConfigFindings implements Disposable {
  readonly #strings: Strings;
  readonly #shown: DiagnosticCollection = languages.createDiagnosticCollection('valley');
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #listening: Disposable[];

  constructor(strings: Strings) {
    this.#strings = strings;
    this.#listening = [
      workspace.onDidOpenTextDocument((document) => this.#later(document, 0)),
      workspace.onDidChangeTextDocument(({ document }) => this.#later(document, QUIET_MS)),
      workspace.onDidCloseTextDocument(({ uri }) => this.#shown.delete(uri)),
    ];
    this.refresh();
  }

  /** Parses a config and shows what is wrong with it in the Problems view. */
  async check(uri: Uri, text: string): Promise<ParsedConfig> {
    const parsed = await this.parse(uri, text);
    this.#shown.set(uri, parsed.problems.filter(oursToSay(uri)).map(diagnosticOf));
    return parsed;
  }

  /** The schema library is loaded when the first config is looked at, not when the editor starts. */
  async parse(uri: Uri, text: string): Promise<ParsedConfig> {
    const { parseConfig } = await import('../config/parseConfig.ts');
    const isThere = (path: string): boolean => uri.scheme !== 'file' || existsSync(resolve(dirname(uri.fsPath), path));
    const surroundings = { isThere, machine: thisMachine() };
    return parseConfig(text, workspace.asRelativePath(uri), this.#strings, surroundings);
  }

  /** Looks at all open configs again: what is known of the machine has changed. */
  refresh(): void {
    for (const document of workspace.textDocuments) this.#later(document, 0);
  }

  /** What the config calls itself, else its file name. */
  async nameOf(uri: Uri, parsed: ParsedConfig): Promise<string> {
    const { configName } = await import('../config/parseConfig.ts');
    return configName(parsed.ok ? parsed.config : {}, uri.path);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const listening of this.#listening) listening.dispose();
    this.#shown.dispose();
  }

  #later(document: TextDocument, wait: number): void {
    if (!isConfig(document.uri)) return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        if (!document.isClosed) void this.check(document.uri, document.getText());
      }, wait),
    );
  }
}

/** Where a person has the editor treat a config as JSON, its JSON service marks some mistakes itself. */
function oursToSay(uri: Uri): (problem: ConfigProblem) => boolean {
  const document = workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  const isServed = document?.languageId === 'jsonc' || document?.languageId === 'json';
  const isChecked = workspace.getConfiguration('json').get<boolean>('validate.enable') !== false;
  return ({ isSyntax }) => !(isSyntax === true && isServed && isChecked);
}

export const rangeOf = ({ line, column, endLine, endColumn }: ConfigProblem): Range =>
  new Range(line - 1, column - 1, endLine - 1, endColumn - 1);

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Information,
} as const;

export function diagnosticOf(problem: ConfigProblem): Diagnostic {
  const message = problem.key === '' ? problemText(problem) : `${problem.key}: ${problemText(problem)}`;
  const diagnostic = new Diagnostic(rangeOf(problem), message, SEVERITIES[problem.severity]);
  diagnostic.source = 'valley';
  return diagnostic;
}
