/** A long list is read in pieces, and the editor gets its turn between them. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
