/** Start Run…, Run This Config, Validate Config. */
import { commands, Uri, window, workspace } from 'vscode';
import { runsRootOf, newRunFolder } from '../../runs/runsRoot.ts';
import { displayLine } from '../../protocol/displayText.ts';
import type { ParsedConfig } from '../../config/parseConfig.ts';
import { problemText, type ConfigProblem } from '../../config/configProblem.ts';
import { CONFIG_PATTERN, isConfig, rangeOf } from '../configFindings.ts';
import { planWords } from '../configWords.ts';
import type { Parts } from '../parts.ts';
import { configItems, type FoundConfig } from '../pickItems.ts';
import { isTrusted } from '../trust.ts';
import { launchRun } from './launchRun.ts';

const CONFIGS_LISTED = 500;
const NEVER_LISTED = '**/{node_modules,.valley,.git}/**';

export async function startRun(parts: Parts, config?: unknown): Promise<void> {
  if (!(await isTrusted(parts.say))) return;
  const uri = uriIn(config) ?? (await askForConfig(parts, parts.say('Start Run')));
  if (uri !== null) await startConfig(parts, uri);
}

export async function runThisConfig(parts: Parts, config?: unknown): Promise<void> {
  await startRun(parts, uriIn(config) ?? activeConfig());
}

/** The config that a command is given, the one on the screen, or the one a person chooses. */
export const configFor = async (parts: Parts, config: unknown, title: string): Promise<Uri | null> =>
  uriIn(config) ?? activeConfig() ?? (await askForConfig(parts, title));

/** Shows what is wrong in the Problems view, or says what the config amounts to; asks which config where none is open. */
export async function validateConfig(parts: Parts, config?: unknown): Promise<void> {
  const uri = await configFor(parts, config, parts.say('Validate Config'));
  if (uri === null) return;
  const parsed = await checkedConfig(parts, uri);
  // Opens the view also where it is open already; "workbench.actions.view.problems" would close it.
  if (!parsed.ok || parsed.problems.length > 0) await commands.executeCommand('workbench.panel.markers.view.focus');
  else void window.showInformationMessage(parts.say('This config can run: {0}.', planWords(parsed.config, parts.say)));
}

async function startConfig(parts: Parts, uri: Uri): Promise<void> {
  const { say } = parts;
  const parsed = await checkedConfig(parts, uri);
  if (!parsed.ok) return tellProblem(parts, uri, parsed);
  const name = await parts.findings.nameOf(uri, parsed);
  const root = workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? runsRootOf(uri.fsPath);
  await launchRun(parts, {
    config: uri.fsPath,
    runFolder: newRunFolder(root, name, new Date()),
    title: say('Starting {0}…', displayLine(name, 80)),
    isShown: true,
  });
}

/** What runs is what is on the screen: an edited config is saved first. */
export async function checkedConfig(parts: Parts, uri: Uri): Promise<ParsedConfig> {
  const document = await workspace.openTextDocument(uri);
  if (document.isDirty) await document.save();
  return parts.findings.check(uri, document.getText());
}

export async function tellProblem(parts: Parts, uri: Uri, { problems }: ParsedConfig): Promise<void> {
  const { say } = parts;
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` ${say('({0} more in the Problems view)', others.length)}`;
  const open = say('Open Config');
  const chosen = await window.showErrorMessage(`${placed(first)}${more}`, open);
  if (chosen === open) await window.showTextDocument(uri, { selection: rangeOf(first) });
}

const placed = (problem: ConfigProblem): string =>
  displayLine(
    [`${problem.file}:${problem.line}`, problem.key, problemText(problem)].filter((part) => part !== '').join(': '),
    400,
  );

/** The configs of all workspace folders, and one that is open without any; one alone in the active editor is still asked about, since others may be meant. */
async function askForConfig(parts: Parts, title: string): Promise<Uri | null> {
  const { say, registry } = parts;
  const found = [...(await workspace.findFiles(CONFIG_PATTERN, NEVER_LISTED, CONFIGS_LISTED))];
  const active = activeConfig();
  if (active?.scheme === 'file' && found.every(({ path }) => path !== active.path)) found.unshift(active);
  if (found.length === 0) {
    await offerNewConfig(parts);
    return null;
  }
  const configs = await Promise.all(found.map((uri) => readConfig(parts, uri)));
  const items = configItems(configs, registry.runs, say);
  const options = {
    title,
    placeHolder: say('Choose a config'),
    matchOnDescription: true,
    matchOnDetail: true,
  };
  const chosen = await window.showQuickPick(items, options);
  return chosen === undefined ? null : Uri.file(chosen.value.path);
}

async function readConfig({ findings }: Parts, uri: Uri): Promise<FoundConfig> {
  const opened = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  const text = opened?.getText() ?? new TextDecoder().decode(await workspace.fs.readFile(uri));
  const root = workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? '';
  const isActive = activeConfig()?.toString() === uri.toString();
  const parsed = await findings.parse(uri, text);
  return { path: uri.fsPath, name: await findings.nameOf(uri, parsed), root, parsed, isActive };
}

async function offerNewConfig({ say }: Parts): Promise<void> {
  const [create, open] = [say('New Config…'), say('Open Folder')];
  const isFolderOpen = (workspace.workspaceFolders ?? []).length > 0;
  const sentence = isFolderOpen
    ? say('There is no config in this workspace. A config is a file named *.valley.jsonc.')
    : say('No folder is open. Open the one that holds your configs, or make a new config.');
  const offers = isFolderOpen ? [create] : [open, create];
  const chosen = await window.showInformationMessage(sentence, ...offers);
  if (chosen === create) await commands.executeCommand('valley.newConfig');
  if (chosen === open) await commands.executeCommand('vscode.openFolder');
}

/** The config in the editor that was last active; a panel may have the keyboard. */
function activeConfig(): Uri | null {
  const editors = [window.activeTextEditor, ...window.visibleTextEditors];
  return editors.find((editor) => editor !== undefined && isConfig(editor.document.uri))?.document.uri ?? null;
}

function uriIn(config: unknown): Uri | null {
  if (config instanceof Uri) return isConfig(config) ? config : null;
  return typeof config === 'string' ? uriIn(Uri.file(config)) : null;
}
