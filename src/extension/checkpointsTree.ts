/** The Checkpoints view: what the selected run has kept, newest first. */
import {
  EventEmitter,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  window,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import { displayLine } from '../protocol/displayText.ts';
import { listCheckpoints, type CheckpointOnDisk } from './checkpointList.ts';
import { bestOf, checkpointDescription, checkpointLabel } from './pickItems.ts';
import type { RunRegistry } from './runRegistry.ts';
import type { RunWatcher } from './runWatcher.ts';
import { runLabel } from './runWords.ts';
import type { Say } from './say.ts';
import type { Selection } from './selection.ts';

export interface CheckpointItem {
  readonly run: RunWatcher;
  readonly checkpoint: CheckpointOnDisk;
  readonly isBest: boolean;
}

export class CheckpointsTree implements TreeDataProvider<CheckpointItem> {
  readonly #selection: Selection;
  readonly #say: Say;
  readonly #changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #shown = '';

  constructor(registry: RunRegistry, selection: Selection, say: Say) {
    this.#selection = selection;
    this.#say = say;
    selection.onDidChange.add(() => this.refresh());
    registry.onDidChange.add((run) => (run === null ? this.refresh() : this.#look()));
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(item?: CheckpointItem): Promise<CheckpointItem[]> {
    const run = this.#selection.trained;
    if (item !== undefined || run === null) return [];
    const checkpoints = await listCheckpoints(run.folder);
    const best = bestOf(checkpoints);
    return checkpoints.map((checkpoint) => ({ run, checkpoint, isBest: checkpoint === best }));
  }

  getTreeItem({ run, checkpoint, isBest }: CheckpointItem): TreeItem {
    const label = checkpointLabel(checkpoint, this.#say);
    const item = new TreeItem(label, TreeItemCollapsibleState.None);
    item.id = `${run.id} ${checkpoint.name}`;
    item.description = checkpointDescription(checkpoint, isBest, this.#say);
    item.tooltip = `${runLabel(run)}\n${label} · ${item.description}\n${new Date(checkpoint.time).toLocaleString()}\n${displayLine(checkpoint.folder)}`;
    item.iconPath = new ThemeIcon(
      checkpoint.pinned ? 'pinned' : isBest ? 'star-full' : 'archive',
      isBest ? new ThemeColor('charts.green') : undefined,
    );
    item.contextValue = checkpoint.pinned ? 'checkpoint.pinned' : 'checkpoint';
    item.accessibilityInformation = { label: `${label}, ${item.description}`, role: 'treeitem' };
    return item;
  }

  /** Draws anew when another run is meant or the run kept or dropped a checkpoint. */
  #look(): void {
    const run = this.#selection.trained;
    const names = run?.state?.checkpoints.map(({ checkpoint }) => checkpoint) ?? [];
    const shown = [run?.id, ...names].join(' ');
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.refresh();
  }
}

/** The view names the run whose checkpoints it lists. */
export function showCheckpointsTree(
  registry: RunRegistry,
  selection: Selection,
  say: Say,
): { readonly view: TreeView<CheckpointItem>; readonly tree: CheckpointsTree } {
  const tree = new CheckpointsTree(registry, selection, say);
  const view = window.createTreeView('valley.checkpoints', { treeDataProvider: tree });
  const name = (): void => {
    const run = selection.trained;
    view.description = run === null ? '' : runLabel(run);
  };
  selection.onDidChange.add(name);
  registry.onDidChange.add((run) => (run === null || run === selection.trained) && name());
  return { view, tree };
}
