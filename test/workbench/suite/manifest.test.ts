import { strict as assert } from 'node:assert';
import { commands, extensions } from 'vscode';
import { EXTENSION, valley } from './valley.ts';

describe('The extension', () => {
  it('activates and gives its API', async () => {
    assert.equal((await valley()).version, 1);
  });

  it('registers every command of its manifest', async () => {
    await valley();
    const manifest = extensions.getExtension(EXTENSION)?.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const declared = manifest.contributes.commands.map(({ command }) => command);
    assert.ok(declared.length >= 15);
    const registered = new Set(await commands.getCommands(true));
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });
});
