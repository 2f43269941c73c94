/** How much may be computed for one comparison: counted, not timed, so that the same texts end the same way on every machine. */

/** The texts ask for more than is computed. */
export class TooMuchEffort extends Error {
  override readonly name = 'TooMuchEffort';
}

/** Larger numbers are not computed: a tower of powers ends here. */
export const MOST_BITS = 16_384;
/** About 60 ms of one core. */
const MOST_EFFORT = 250_000;

export class Effort {
  private left = MOST_EFFORT;

  /** Throws `TooMuchEffort`. One unit is about a quarter of a microsecond. */
  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new TooMuchEffort(`More than ${MOST_EFFORT} units of work.`);
  }

  /** For an operation on numbers of so many bits, with a greatest common divisor behind it. Throws `TooMuchEffort`. */
  spendBits(bits: number): void {
    if (bits > MOST_BITS) throw new TooMuchEffort(`A number of ${bits} bits.`);
    this.spend(1 + (bits * bits) / 16_384);
  }
}
