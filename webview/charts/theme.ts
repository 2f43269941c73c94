/** The colours of the editor's theme for the canvas, which does not follow CSS by itself. */

export interface ChartColours {
  readonly text: string;
  readonly grid: string;
  readonly axis: string;
  readonly background: string;
  readonly focus: string;
  /** In the order in which lines take them. */
  readonly series: readonly string[];
  /** The same, faint: raw values beside a smooth line, and bands. */
  readonly faint: readonly string[];
  readonly band: readonly string[];
  readonly font: string;
  readonly isHighContrast: boolean;
}

const SERIES = ['blue', 'purple', 'green', 'yellow', 'red'];

/** Reads the colours once per theme and tells the charts when the theme changes. */
export class ChartTheme {
  readonly #listeners = new Set<() => void>();
  readonly #observer: MutationObserver;
  #colours: ChartColours;

  constructor() {
    this.#colours = readColours();
    this.#observer = new MutationObserver(() => this.#refresh());
    const watched = { attributes: true, attributeFilter: ['class', 'style', 'data-vscode-theme-id'] };
    this.#observer.observe(document.documentElement, watched);
    this.#observer.observe(document.body, watched);
  }

  get colours(): ChartColours {
    return this.#colours;
  }

  /** Calls back at each change of colours; the result ends that. */
  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#listeners.clear();
  }

  #refresh(): void {
    const colours = readColours();
    if (JSON.stringify(colours) === JSON.stringify(this.#colours)) return;
    this.#colours = colours;
    for (const listener of this.#listeners) listener();
  }
}

function readColours(): ChartColours {
  const style = getComputedStyle(document.body);
  const colour = (name: string, fallback: string): string =>
    style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  const text = colour('charts-foreground', colour('foreground', style.color));
  const series = SERIES.map((name) => colour(`charts-${name}`, text));
  return {
    text: colour('descriptionForeground', text),
    axis: mix(text, 40),
    grid: mix(text, 12),
    background: colour('editor-background', 'transparent'),
    focus: colour('focusBorder', text),
    series,
    faint: series.map((name) => mix(name, 32)),
    band: series.map((name) => mix(name, 16)),
    font: `${style.getPropertyValue('--chart-font-size').trim() || '11px'} ${style.fontFamily}`,
    isHighContrast: document.body.classList.contains('vscode-high-contrast'),
  };
}

const mix = (colour: string, percent: number): string => `color-mix(in srgb, ${colour} ${percent}%, transparent)`;
