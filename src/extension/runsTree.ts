/** The Runs view: newest first, grouped by workspace folder where there are several. */
import { basename } from 'node:path';
import {
  EventEmitter,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  window,
  workspace,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import type { RunRegistry } from './runRegistry.ts';
import { RunWatcher } from './runWatcher.ts';
import { runAccessibleLabel, runContext, runDescription, runIcon, runLabel, runTooltip } from './runWords.ts';
import type { Say } from './say.ts';
import type { Selection } from './selection.ts';

/** A workspace folder as a group. */
export interface FolderItem {
  readonly root: string;
}
export type RunsItem = FolderItem | RunWatcher;

/** Faster than this a tree only flickers. */
const REDRAW_MS = 500;

export class RunsTree implements TreeDataProvider<RunsItem> {
  readonly #registry: RunRegistry;
  readonly #say: Say;
  readonly #changed = new EventEmitter<RunsItem | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #due = new Set<RunWatcher>();
  #folders: readonly FolderItem[] = [];

  constructor(registry: RunRegistry, say: Say) {
    this.#registry = registry;
    this.#say = say;
    registry.onDidChange.add((run) => this.#redraw(run));
  }

  getChildren(item?: RunsItem): RunsItem[] {
    const { runs } = this.#registry;
    if (item instanceof RunWatcher) return [];
    if (item !== undefined) return runs.filter(({ root }) => root === item.root);
    const roots = this.#registry.roots.filter((root) => runs.some((run) => run.root === root));
    if (roots.length < 2) return [...runs];
    this.#folders = roots.map((root) => this.#folders.find((known) => known.root === root) ?? { root });
    return [...this.#folders];
  }

  getParent(item: RunsItem): RunsItem | undefined {
    return item instanceof RunWatcher ? this.#folders.find(({ root }) => root === item.root) : undefined;
  }

  getTreeItem(item: RunsItem): TreeItem {
    return item instanceof RunWatcher ? this.#runItem(item) : folderItem(item);
  }

  #runItem(run: RunWatcher): TreeItem {
    const item = new TreeItem(runLabel(run), TreeItemCollapsibleState.None);
    const { icon, color } = runIcon(run.status, run.health);
    item.id = run.id;
    item.description = runDescription(run, this.#say);
    item.tooltip = runTooltip(run, this.#say);
    item.iconPath = new ThemeIcon(icon, color === undefined ? undefined : new ThemeColor(color));
    item.contextValue = runContext(run.summary);
    item.accessibilityInformation = { label: runAccessibleLabel(run, this.#say), role: 'treeitem' };
    item.command = { command: 'valley.openPanel', title: this.#say('Open Panel'), arguments: [run.id] };
    return item;
  }

  /** A changed list is drawn at once, a changed run with the others that changed meanwhile. */
  #redraw(run: RunWatcher | null): void {
    if (run === null) return this.#changed.fire(undefined);
    if (this.#due.size === 0) setTimeout(() => this.#redrawDue(), REDRAW_MS);
    this.#due.add(run);
  }

  #redrawDue(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const changed of due) this.#changed.fire(changed);
  }
}

function folderItem({ root }: FolderItem): TreeItem {
  const name = workspace.workspaceFolders?.find(({ uri }) => uri.fsPath === root)?.name ?? basename(root);
  const item = new TreeItem(name, TreeItemCollapsibleState.Expanded);
  item.id = `folder ${root}`;
  item.contextValue = 'folder';
  item.iconPath = ThemeIcon.Folder;
  return item;
}

/** The view in the side bar; what is selected there is what the commands mean. */
export function showRunsTree(registry: RunRegistry, selection: Selection, say: Say): TreeView<RunsItem> {
  const view = window.createTreeView('valley.runs', { treeDataProvider: new RunsTree(registry, say) });
  view.onDidChangeSelection(({ selection: [item] }) => {
    if (item instanceof RunWatcher) selection.choose(item);
  });
  return view;
}
