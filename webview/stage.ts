/** What a view is and what it is given. */
import type { Recipe } from '../src/protocol/events.ts';
import type { FromPanel } from '../src/protocol/panel.ts';
import type { ChartTheme } from './charts/theme.ts';
import type { Model } from './model.ts';
import type { Words } from './text.ts';
import type { TabId, UiState } from './uiState.ts';

/** Made anew whenever the language changes, so that views may write their words once. */
export interface Stage {
  readonly words: Words;
  readonly theme: ChartTheme;
  readonly ui: Readonly<UiState>;
  /** Changes what the reader chose, keeps it and asks for a frame. */
  readonly choose: (change: Partial<UiState>) => void;
  readonly post: (message: FromPanel) => void;
  /** Speaks to a screen reader. */
  readonly announce: (text: string) => void;
}

/** A part of the page as a function of the model: `draw` may be called at any time and remembers nothing that matters. */
export interface View {
  readonly element: HTMLElement;
  draw(model: Model): void;
  dispose(): void;
}

export interface Tab {
  readonly id: TabId;
  readonly title: (words: Words) => string;
  /** Whether runs of this kind have it; all have it where it is left out. */
  readonly isFor?: (recipe: Recipe | null) => boolean;
  readonly open: (stage: Stage) => View;
}
