/** How a recipe ends what it has opened. */

/** Frees it. After a failure that alone is told, not what a lost device says when it is to be freed. */
export const freeAfter = (opened: { dispose(): Promise<void> }, failure: unknown): Promise<void> =>
  opened.dispose().catch((error: unknown) => {
    if (failure === null) throw error;
  });
