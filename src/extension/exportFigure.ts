/** Asks where the picture of a verdict is to be kept, and keeps it there. */
import { join } from 'node:path';
import { Uri, window, workspace } from 'vscode';
import { figureBytes, type FigureWish } from './figureFile.ts';
import type { RunWatcher } from './runWatcher.ts';
import type { Say } from './say.ts';

/** Does nothing for an evaluation that the run has not judged, or where no file was named. */
export async function exportFigure(run: RunWatcher, wish: FigureWish, say: Say): Promise<void> {
  const verdict = run.state?.verdicts.find(({ evaluation }) => evaluation === wish.evaluation);
  if (!verdict) return;
  const format = wish.type === 'exportPng' ? 'png' : wish.format;
  const file = await window.showSaveDialog({
    title: say('Export {0}', format.toUpperCase()),
    defaultUri: Uri.file(join(run.root, `accuracy.${format}`)),
    filters: { [format.toUpperCase()]: [format] },
  });
  if (file) await workspace.fs.writeFile(file, figureBytes(verdict, wish, say));
}
