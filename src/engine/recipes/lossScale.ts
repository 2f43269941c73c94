/**
 * Dynamic loss scaling (Micikevicius et al. 2018) with the numbers of PyTorch's GradScaler: the loss is multiplied so that
 * small gradients do not vanish in 16 bits; a gradient that overflows skips its step and halves the factor, and many steps
 * without one double it.
 */

export interface LossScaleSettings {
  readonly initial: number;
  /** Steps in a row without overflow after which the scale doubles. */
  readonly growthInterval: number;
}

const SETTINGS: LossScaleSettings = { initial: 2 ** 16, growthInterval: 2000 };
/** Below 1 it would shrink gradients: what overflows then does so in 32 bits' stead, and training has diverged. */
const LEAST = 1;
/** Above it squares of scaled gradients would leave float32. */
const MOST = 2 ** 24;

export class LossScale {
  readonly isOn: boolean;
  readonly #settings: LossScaleSettings;
  #value: number;
  #goodSteps: number;
  #skipped: number;

  /** Goes on from `counters` of a checkpoint. Off, the scale is 1 and no step is skipped. */
  constructor(isOn: boolean, counters: Readonly<Record<string, number>> = {}, settings: LossScaleSettings = SETTINGS) {
    this.isOn = isOn;
    this.#settings = settings;
    this.#value = isOn ? (counters['lossScale'] ?? settings.initial) : 1;
    this.#goodSteps = counters['goodSteps'] ?? 0;
    this.#skipped = counters['skippedSteps'] ?? 0;
  }

  /** A power of two, so that scaling rounds nothing. */
  get value(): number {
    return this.#value;
  }

  /** Steps without an update, over the whole training. */
  get skippedSteps(): number {
    return this.#skipped;
  }

  /** What a checkpoint keeps of it; nothing where there never was a scale. */
  get counters(): Readonly<Record<string, number>> {
    if (!this.isOn) return this.#skipped > 0 ? { skippedSteps: this.#skipped } : {};
    return { lossScale: this.#value, goodSteps: this.#goodSteps, skippedSteps: this.#skipped };
  }

  /** After an update. */
  succeed(): void {
    if (!this.isOn) return;
    this.#goodSteps += 1;
    if (this.#goodSteps < this.#settings.growthInterval) return;
    this.#goodSteps = 0;
    this.#value = Math.min(MOST, this.#value * 2);
  }

  /** After an overflow. False where the scale cannot become smaller: then it was not to blame. */
  skip(): boolean {
    if (!this.isOn || this.#value <= LEAST) return false;
    this.#value = Math.max(LEAST, this.#value / 2);
    this.#goodSteps = 0;
    this.#skipped += 1;
    return true;
  }
}
