import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  commands,
  DiagnosticSeverity,
  languages,
  type Position,
  Uri,
  workspace,
  WorkspaceEdit,
  type CodeAction,
  type CodeLens,
  type Diagnostic,
} from 'vscode';
import { until, valley, workspaceFolder } from './valley.ts';

const wrong = (): Uri => Uri.file(join(workspaceFolder(), 'wrong.valley.jsonc'));

const errorsOf = (uri: Uri): Diagnostic[] | false => {
  const found = languages
    .getDiagnostics(uri)
    .filter(({ message, severity }) => severity === DiagnosticSeverity.Error && message.includes('learningRat'));
  return found.length > 0 && found;
};

describe('A config', () => {
  it('with an unknown key has a problem on its line that names the nearest key', async () => {
    await valley();
    await workspace.openTextDocument(wrong());
    const [problem] = await until('a problem of wrong.valley.jsonc', () => errorsOf(wrong()));
    assert.equal(problem?.range.start.line, 5);
    assert.match(problem.message, /learningRate/);
  });

  it('offers to put the key right', async () => {
    await valley();
    await workspace.openTextDocument(wrong());
    const [problem] = await until('a problem of wrong.valley.jsonc', () => errorsOf(wrong()));
    assert.ok(problem);
    const actions = await commands.executeCommand<CodeAction[]>(
      'vscode.executeCodeActionProvider',
      wrong(),
      problem.range,
    );
    const texts = actions.flatMap(({ edit }) =>
      edit instanceof WorkspaceEdit ? edit.get(wrong()).map(({ newText }) => newText) : [],
    );
    assert.ok(
      texts.some((text) => text.includes('learningRate')),
      `offered: ${JSON.stringify(texts)}`,
    );
  });

  it('that is wrong never starts', async () => {
    const api = await valley();
    void commands.executeCommand('valley.startRun', wrong());
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.deepEqual(
      api.runs().filter(({ name }) => name === 'wrong'),
      [],
    );
    assert.equal(existsSync(join(workspaceFolder(), '.valley', 'runs')), false);
  });

  it('shows lenses to run it', async () => {
    await valley();
    const uri = Uri.file(join(workspaceFolder(), 'short.valley.jsonc'));
    await workspace.openTextDocument(uri);
    const lenses = await commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
    assert.ok(lenses.some(({ command }) => command?.command.startsWith('valley.')));
  });

  it('is documented where the pointer rests', async () => {
    await valley();
    const uri = Uri.file(join(workspaceFolder(), 'short.valley.jsonc'));
    const document = await workspace.openTextDocument(uri);
    const at = document.getText().indexOf('maxSteps') + 2;
    const words = await hoverText(uri, document.positionAt(at));
    assert.match(words, /Optimizer steps/);
  });
});

/** The language service of JSON comes up in its own time, so it is asked until it answers. */
async function hoverText(uri: Uri, position: Position): Promise<string> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const hovers = await commands.executeCommand<{ contents: (string | { value: string })[] }[]>(
      'vscode.executeHoverProvider',
      uri,
      position,
    );
    const text = hovers
      .flatMap(({ contents }) => contents.map((part) => (typeof part === 'string' ? part : part.value)))
      .join('\n');
    if (text) return text;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return '';
}
