/** The picture of a verdict as a file: SVG, its numbers as CSV, or the pixels that the panel drew. */
import { figureIn } from '../protocol/figures/figure.ts';
import { figureCsv } from '../protocol/figures/figureCsv.ts';
import { figureSvg } from '../protocol/figures/figureSvg.ts';
import type { FromPanel } from '../protocol/panel.ts';
import { accuracyFigure } from '../protocol/report/accuracyFigure.ts';
import type { LadderVerdict } from '../protocol/verdict.ts';
import type { Say } from './say.ts';

export type FigureWish = Extract<FromPanel, { readonly type: 'exportFigure' | 'exportPng' }>;

/** What the file holds. */
export function figureBytes(verdict: LadderVerdict, wish: FigureWish, say: Say): Uint8Array {
  if (wish.type === 'exportPng') return Buffer.from(wish.png, 'base64');
  const figure = figureIn(say, accuracyFigure(verdict));
  return Buffer.from(wish.format === 'svg' ? figureSvg(figure) : figureCsv(figure));
}
