/** Colours of an editor's theme for figures within it: they follow the theme while they are looked at. */
import type { FigurePalette } from './figureSvg.ts';

export const EDITOR_PALETTE: FigurePalette = {
  text: 'var(--vscode-foreground)',
  muted: 'var(--vscode-descriptionForeground, var(--vscode-foreground))',
  grid: 'var(--vscode-contrastBorder, var(--vscode-panel-border, var(--vscode-widget-border)))',
  ground: 'none',
  series: ['blue', 'purple', 'green', 'yellow', 'red'].map((name) => `var(--vscode-charts-${name})`),
  font: 'var(--vscode-font-family)',
};
