import { strict as assert } from 'node:assert';
import { existsSync, writeFileSync } from 'node:fs';
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
  type CompletionList,
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

/** What a person may do wrong, one mistake each, with a word that the one finding about it must hold. */
const mistakes = {
  'an unknown key': ['"training": { "learningRat": 0.001 }', 'learningRate'],
  'a value of the wrong type': ['"seed": "one"', 'seed'],
  'a value out of range': ['"training": { "batchSize": 0 }', 'batchSize'],
  'a key that is written twice': ['"seed": 1, "seed": 2', 'written twice'],
  'a comma that is missing': ['"seed": 1 "device": "cpu"', 'comma'],
  'a bracket that is missing': ['"training": { "batchSize": 8', 'brace'],
} as const;

describe('A config', () => {
  for (const [name, [text, word]] of Object.entries(mistakes))
    it(`with ${name} has exactly one problem`, async () => {
      await valley();
      const uri = Uri.file(join(workspaceFolder(), `${name.replaceAll(' ', '-')}.valley.jsonc`));
      writeFileSync(uri.fsPath, `{ "recipe": "sft", ${text} }`);
      await workspace.openTextDocument(uri);
      const found = await settled(() => languages.getDiagnostics(uri));
      assert.equal(found.length, 1, `found: ${found.map(({ message }) => message).join(' | ')}`);
      assert.equal(found[0]?.severity, DiagnosticSeverity.Error);
      assert.ok(found[0].message.includes(word), found[0].message);
    });

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

  it('completes keys and values by the schema', async () => {
    await valley();
    const uri = Uri.file(join(workspaceFolder(), 'short.valley.jsonc'));
    const document = await workspace.openTextDocument(uri);
    const labelsAt = async (text: string): Promise<string[]> => {
      const at = document.positionAt(document.getText().indexOf(text) + 1);
      const { items } = await commands.executeCommand<CompletionList>('vscode.executeCompletionItemProvider', uri, at);
      return items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };
    assert.ok((await labelsAt('"maxSteps"')).includes('learningRate'));
    assert.ok((await labelsAt('"cpu"')).includes('"gpu"'));
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

/** The findings when there are some and none has come for two seconds: every service has had its say. */
async function settled(look: () => Diagnostic[]): Promise<Diagnostic[]> {
  let found = await until('a finding', () => look().length > 0 && look());
  for (let calm = 0; calm < 20; calm++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (look().length !== found.length) calm = 0;
    found = look();
  }
  return found;
}

/** The extension may still be on its way up, so it is asked until it answers. */
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
