/** The first rows of a data file and how they would be read: plain data that the CLI and the extension show. */

export interface DataPreview {
  readonly v: 1;
  /** Absolute. */
  readonly path: string;
  /** Name of the guessed format; null where the rows are in none that is known. */
  readonly format: string | null;
  /** The guessed column of each role. */
  readonly columns: Readonly<Record<string, string>>;
  /** All columns of the first rows. */
  readonly names: readonly string[];
  /** The first examples, cut to what fits a screen. */
  readonly examples: readonly {
    readonly prompt: string;
    readonly completion: string;
    readonly answer: string | null;
  }[];
}
