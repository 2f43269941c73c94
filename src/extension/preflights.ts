/** The looks at configs that are under way, and what they found: on the lines that govern it, until the config is edited. */
import { languages, workspace, type DiagnosticCollection, type Disposable, type Uri } from 'vscode';
import type { ConfigProblem } from '../config/configProblem.ts';
import { diagnosticOf, isConfig } from './configFindings.ts';

export class Preflights implements Disposable {
  readonly #shown: DiagnosticCollection = languages.createDiagnosticCollection('valley pre-flight');
  readonly #underWay = new Map<string, AbortController>();
  readonly #listening: Disposable[];

  constructor() {
    this.#listening = [
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && isConfig(document.uri)) this.#forget(document.uri);
      }),
      workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)),
    ];
  }

  /** Ends an earlier look at the same config. Aborted too when the config is edited. */
  begin(uri: Uri): AbortController {
    this.#underWay.get(uri.toString())?.abort();
    const abort = new AbortController();
    this.#underWay.set(uri.toString(), abort);
    return abort;
  }

  show(uri: Uri, problems: readonly ConfigProblem[]): void {
    this.#shown.set(uri, problems.map(diagnosticOf));
  }

  dispose(): void {
    for (const abort of this.#underWay.values()) abort.abort();
    for (const listening of this.#listening) listening.dispose();
    this.#shown.dispose();
  }

  #forget(uri: Uri): void {
    this.#underWay.get(uri.toString())?.abort();
    this.#underWay.delete(uri.toString());
    this.#shown.delete(uri);
  }
}
