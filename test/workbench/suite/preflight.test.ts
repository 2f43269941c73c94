import { strict as assert } from 'node:assert';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  commands,
  DiagnosticSeverity,
  extensions,
  languages,
  Position,
  Uri,
  window,
  workspace,
  WorkspaceEdit,
  type CodeLens,
  type Diagnostic,
  type Hover,
  type TextDocument,
} from 'vscode';
import { EXTENSION, until, valley, workspaceFolder } from './valley.ts';

/** A model folder, rows, and a config whose limit cuts the answer of every row; the limit stands on line 6. */
async function putTraining(name: string): Promise<Uri> {
  await valley();
  const fixtures = join(extensions.getExtension(EXTENSION)?.extensionPath ?? '', 'test', 'fixtures');
  const model = join(workspaceFolder(), 'model');
  mkdirSync(model, { recursive: true });
  cpSync(join(fixtures, 'chat', 'qwen3'), model, { recursive: true });
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(fixtures, 'tokenizers', 'qwen3', file), join(model, file));
  cpSync(join(fixtures, 'chat', 'rows.jsonl'), join(workspaceFolder(), 'rows.jsonl'));
  const uri = Uri.file(join(workspaceFolder(), `${name}.valley.jsonc`));
  writeFileSync(
    uri.fsPath,
    [
      '{ "recipe": "sft",',
      '  "model": { "path": "model" },',
      '  "training": { "batchSize": 4 },',
      '  "data": {',
      '    "path": "rows.jsonl",',
      '    "maxLength": 40,',
      '    "onLongExample": "truncate" } }',
    ].join('\n'),
  );
  return uri;
}

const lostAnswers = (uri: Uri): Diagnostic | undefined =>
  languages.getDiagnostics(uri).find(({ message }) => message.includes('lose their answer'));

const shownExample = (title: string): TextDocument | undefined =>
  window.visibleTextEditors
    .map(({ document }) => document)
    .find((document) => document.languageId === 'valley-example' && document.getText().startsWith(title));

describe('Pre-flight', () => {
  it('marks the line that ruins the run, and clears it when the config is edited', async () => {
    const uri = await putTraining('asked');
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(document);
    await commands.executeCommand('valley.preflight', uri);
    const found = await until('an error about lost answers', () => lostAnswers(uri));
    assert.equal(found.severity, DiagnosticSeverity.Error);
    assert.equal(found.range.start.line, 5);
    assert.match(found.message, /^data\.maxLength: 12 of 12 examples/);
    const edit = new WorkspaceEdit();
    edit.insert(uri, new Position(5, 18), '0');
    await workspace.applyEdit(edit);
    await until('no error any more', () => lostAnswers(uri) === undefined);
  });

  it('looks when a config is saved', async () => {
    const uri = await putTraining('saved');
    const document = await workspace.openTextDocument(uri);
    const edit = new WorkspaceEdit();
    edit.insert(uri, new Position(0, 0), '// An edit.\n');
    await workspace.applyEdit(edit);
    assert.ok(await document.save());
    assert.equal((await until('an error after the save', () => lostAnswers(uri))).range.start.line, 6);
  });
});

describe('Preview Training Example', () => {
  it('shows the tokens of a row, tells of each, and goes on to the next row', async () => {
    const uri = await putTraining('previewed');
    await commands.executeCommand('valley.previewExample', uri);
    const first = await until('the first example', () => shownExample('Training example 1 '));
    const text = first.getText();
    assert.match(text, /rows\.jsonl:1/);
    assert.match(text, /<\|im_start\|>user⏎/);
    assert.ok(text.includes('cut off by the limit'));

    const at = first.positionAt(text.indexOf('<|im_start|>') + 2);
    const hovers = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', first.uri, at);
    const told = hovers.flatMap(({ contents }) =>
      contents.map((part) => (typeof part === 'string' ? part : part.value)),
    );
    assert.match(told.join('\n').replaceAll('&nbsp;', ' '), /Special token[^]*position 0[^]*reads it/);

    const lenses = await commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', first.uri, 10);
    assert.deepEqual(
      // VS Code may hand its own command back by the inner name.
      lenses.flatMap(({ command }) => command?.command.replace('_workbench.open', 'vscode.open') ?? []),
      ['valley.nextExample', 'valley.chooseExample', 'vscode.open'],
    );
    await commands.executeCommand('valley.nextExample');
    await until('the second example', () => shownExample('Training example 2 '));
    await commands.executeCommand('valley.previousExample');
    await until('the first example again', () => shownExample('Training example 1 '));
  });
});
