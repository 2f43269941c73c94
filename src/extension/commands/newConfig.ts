/** New Config…: a template, a name, a file in the editor. */
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { Uri, window, workspace, type WorkspaceFolder } from 'vscode';
import type { ConfigTemplate } from '../../config/templates.ts';
import type { Parts } from '../parts.ts';

const CONFIG_END = '.valley.jsonc';

/** The config is saved where the person says: a run needs a file. */
export async function newConfig(parts: Parts): Promise<void> {
  const template = await askForTemplate(parts);
  if (template === null) return;
  const folder = await askForFolder(parts);
  if (folder === undefined) return;
  const uri = await (folder === null
    ? askForPlace(parts, template.fileName)
    : askForFile(parts, folder, template.fileName));
  if (uri === null) return;
  const { templateText } = await import('../../config/templates.ts');
  await workspace.fs.writeFile(uri, new TextEncoder().encode(templateText(template, parts.strings)));
  await window.showTextDocument(uri);
}

async function askForTemplate({ say }: Parts): Promise<ConfigTemplate | null> {
  const { configTemplates } = await import('../../config/templates.ts');
  const items = configTemplates.map((template) => ({
    label: say(template.title),
    detail: say(template.description),
    template,
  }));
  const options = { title: say('New Config'), placeHolder: say('What should the model do?'), matchOnDetail: true };
  return (await window.showQuickPick(items, options))?.template ?? null;
}

/** Null where no folder is open, undefined when the person turned away. */
async function askForFolder({ say }: Parts): Promise<WorkspaceFolder | null | undefined> {
  const folders = workspace.workspaceFolders ?? [];
  if (folders.length < 2) return folders[0] ?? null;
  return window.showWorkspaceFolderPick({ placeHolder: say('Where should the config lie?') });
}

/** Anywhere on the disk; the editor itself asks before it replaces a file. */
async function askForPlace({ say }: Parts, suggestion: string): Promise<Uri | null> {
  const defaultUri = Uri.file(join(homedir(), suggestion));
  const uri = await window.showSaveDialog({ title: say('Where should the config lie?'), defaultUri });
  if (uri === undefined) return null;
  return uri.path.endsWith(CONFIG_END) ? uri : uri.with({ path: `${uri.path.replace(/\.jsonc?$/, '')}${CONFIG_END}` });
}

/** A name that is free and ends as configs do; null when the person turned away. */
async function askForFile({ say }: Parts, folder: WorkspaceFolder, suggestion: string): Promise<Uri | null> {
  const stem = suggestion.replace(CONFIG_END, '');
  const name = await window.showInputBox({
    title: say('New Config'),
    prompt: say('File name in {0}', folder.name),
    value: `${stem}${CONFIG_END}`,
    valueSelection: [0, stem.length],
    validateInput: (typed) => whyNotName(typed, folder, say),
  });
  return name === undefined ? null : fileOf(folder, name);
}

const fileOf = (folder: WorkspaceFolder, name: string): Uri =>
  Uri.joinPath(folder.uri, name.endsWith(CONFIG_END) ? name : `${name}${CONFIG_END}`);

async function whyNotName(name: string, folder: WorkspaceFolder, say: Parts['say']): Promise<string | null> {
  const parts = name.split(/[/\\]/);
  if (basename(name).replace(CONFIG_END, '') === '' || parts.includes('..')) return say('Type a file name.');
  const isTaken = await workspace.fs.stat(fileOf(folder, name)).then(
    () => true,
    () => false,
  );
  return isTaken ? say('{0} is there already.', name) : null;
}
