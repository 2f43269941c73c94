/**
 * Memory for many arrays of floats, in few large blocks: where the system has large pages it fills these with them
 * (an array's own memory begins and ends within one), and garbage is collected after each block, not after each array.
 * A block is let go of when the last of its arrays is.
 */

/** 256 MB. */
const BLOCK = 1 << 26;
/** Arrays begin at multiples of 64 bytes, a line of the processor's cache. */
const LINE = 16;

const wholeLines = (length: number): number => Math.ceil(length / LINE) * LINE;

export class FloatBlocks {
  readonly #most: number;
  #remaining: number;
  #block = new Float32Array();
  #used = 0;

  /** For arrays of these lengths, and no others, in blocks of at most `most` floats; a longer array has memory of its own. */
  constructor(lengths: readonly number[], most = BLOCK) {
    this.#most = most;
    this.#remaining = lengths.reduce((sum, length) => sum + wholeLines(length), 0);
  }

  /** Zeros, as many as asked for. */
  take(length: number): Float32Array<ArrayBuffer> {
    const size = wholeLines(length);
    const toCome = this.#remaining;
    this.#remaining -= size;
    if (size > this.#most) return new Float32Array(length);
    if (this.#block.length - this.#used < size) {
      this.#block = new Float32Array(Math.min(toCome, this.#most));
      this.#used = 0;
    }
    this.#used += size;
    return this.#block.subarray(this.#used - size, this.#used - size + length);
  }
}
