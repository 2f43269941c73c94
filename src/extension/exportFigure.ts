/** The picture of a verdict as a file that a person names: SVG, its numbers as CSV, or the pixels that the panel drew. */
import { join } from 'node:path';
import { Uri, window, workspace } from 'vscode';
import { figureCsv } from '../protocol/figures/figureCsv.ts';
import { figureIn } from '../protocol/figures/figure.ts';
import { figureSvg } from '../protocol/figures/figureSvg.ts';
import type { FromPanel } from '../protocol/panel.ts';
import { accuracyFigure } from '../protocol/report/accuracyFigure.ts';
import type { LadderVerdict } from '../protocol/verdict.ts';
import type { RunWatcher } from './runWatcher.ts';
import type { Say } from './say.ts';

export type FigureWish = Extract<FromPanel, { readonly type: 'exportFigure' | 'exportPng' }>;

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

/** What the file holds. */
export function figureBytes(verdict: LadderVerdict, wish: FigureWish, say: Say): Uint8Array {
  if (wish.type === 'exportPng') return Buffer.from(wish.png, 'base64');
  const figure = figureIn(say, accuracyFigure(verdict));
  return Buffer.from(wish.format === 'svg' ? figureSvg(figure) : figureCsv(figure));
}
