/** How tokens look: by what the model does with them, in colours that themes may change; neighbours differ, so that every boundary shows. */
import {
  type Disposable,
  type Range,
  type TextEditor,
  type TextEditorDecorationType,
  ThemeColor,
  window,
} from 'vscode';
import type { TokenState } from '../protocol/examplePreview.ts';

type Look = TokenState | 'special';
type Pair = readonly [TextEditorDecorationType, TextEditorDecorationType];

export interface PaintedToken {
  readonly range: Range;
  readonly state: TokenState;
  readonly isSpecial: boolean;
}

/** Outlines show where a theme of high contrast has no backgrounds. */
const STYLES = {
  learned: { outlineStyle: 'solid' },
  read: { outlineStyle: 'dotted' },
  cut: { outlineStyle: 'dashed', textDecoration: 'line-through' },
} as const;

export class TokenPaint implements Disposable {
  readonly #pairs: Readonly<Record<TokenState, Pair>>;
  readonly #special: TextEditorDecorationType;

  constructor() {
    this.#pairs = { learned: pairOf('learned'), read: pairOf('read'), cut: pairOf('cut') };
    this.#special = window.createTextEditorDecorationType({
      fontWeight: 'bold',
      color: new ThemeColor('valley.token.specialForeground'),
    });
  }

  /** `legend` has a range for each look. */
  paint(editor: TextEditor, tokens: readonly PaintedToken[], legend: readonly { range: Range; look: Look }[]): void {
    for (const state of ['learned', 'read', 'cut'] as const) {
      const named = legend.filter(({ look }) => look === state).map(({ range }) => range);
      this.#pairs[state].forEach((decoration, parity) => {
        const own = tokens.filter((token, place) => token.state === state && place % 2 === parity);
        editor.setDecorations(decoration, [...(parity === 0 ? named : []), ...own.map(({ range }) => range)]);
      });
    }
    editor.setDecorations(this.#special, [
      ...legend.filter(({ look }) => look === 'special').map(({ range }) => range),
      ...tokens.filter(({ isSpecial }) => isSpecial).map(({ range }) => range),
    ]);
  }

  dispose(): void {
    for (const decoration of [...Object.values(this.#pairs).flat(), this.#special]) decoration.dispose();
  }
}

const pairOf = (state: TokenState): Pair => [decorationOf(state, ''), decorationOf(state, 'Alternate')];

const decorationOf = (state: TokenState, variant: '' | 'Alternate'): TextEditorDecorationType =>
  window.createTextEditorDecorationType({
    backgroundColor: new ThemeColor(`valley.token.${state}${variant}Background`),
    outlineWidth: '1px',
    outlineColor: new ThemeColor(`valley.token.${state}Border`),
    ...STYLES[state],
  });
