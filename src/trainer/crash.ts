/** The net under everything: a bug that nobody caught is written down before the process ends. */

const LAST_WORDS_MS = 2000;

export class Crash {
  /** Writes the failure where it belongs; set once there is a run. */
  onCrash: (error: unknown) => Promise<void> = () => Promise.resolve();
  #isCrashing = false;

  install(): void {
    process.on('uncaughtException', (error) => this.#crash(error));
    process.on('unhandledRejection', (reason) => this.#crash(reason));
    // Whoever read our output may be gone: that ends no run.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
  }

  #crash(error: unknown): void {
    console.error(error);
    if (this.#isCrashing) process.exit(1);
    this.#isCrashing = true;
    setTimeout(() => process.exit(1), LAST_WORDS_MS);
    this.onCrash(error).then(
      () => process.exit(1),
      (second: unknown) => {
        console.error(second);
        process.exit(1);
      },
    );
  }
}
