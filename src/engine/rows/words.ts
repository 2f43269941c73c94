/** What a word is, for all that compares texts: letters and digits in lower case, and each sign of mathematics or ideograph by itself. */

const [BETWEEN, INSIDE, ALONE] = [0, 1, 2] as const;
type Kind = typeof BETWEEN | typeof INSIDE | typeof ALONE;

/** Of code units below 128. */
const ASCII = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z0-9]/.test(character)) return INSIDE;
  return '+-*/=<>^%'.includes(character) ? ALONE : BETWEEN;
});

const FNV_PRIME = 0x01000193;
const FNV_START = 0x811c9dc5;

/** Grows to hold the words of the longest text it has seen; one per thread is enough. */
export class WordBuffer {
  hashes = new Uint32Array(4096);
  count = 0;

  /** Fills itself with the 32-bit hashes of the words of a text; returns their number. */
  read(text: string): number {
    this.count = 0;
    return this.add(text);
  }

  /** Adds the words of one more text. */
  add(text: string): number {
    const plain = normal(text);
    if (this.hashes.length < this.count + plain.length) this.#grow(this.count + plain.length);
    const { hashes } = this;
    let { count } = this;
    let hash = FNV_START;
    let isOpen = false;
    for (let at = 0; at < plain.length; at++) {
      const code = plain.charCodeAt(at);
      const kind = code < 128 ? ASCII[code] : kindOf(code);
      if (kind === INSIDE) {
        hash = Math.imul(hash ^ code, FNV_PRIME);
        isOpen = true;
        continue;
      }
      if (isOpen) hashes[count++] = mixed(hash);
      if (kind === ALONE) hashes[count++] = mixed(Math.imul(FNV_START ^ code, FNV_PRIME));
      hash = FNV_START;
      isOpen = false;
    }
    if (isOpen) hashes[count++] = mixed(hash);
    this.count = count;
    return count;
  }

  #grow(size: number): void {
    const larger = new Uint32Array(size * 2);
    larger.set(this.hashes.subarray(0, this.count));
    this.hashes = larger;
  }
}

/** The words themselves, where a hash is not proof enough. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  const plain = normal(text);
  let start = -1;
  for (let at = 0; at <= plain.length; at++) {
    const code = at < plain.length ? plain.charCodeAt(at) : 32;
    const kind = code < 128 ? ASCII[code] : kindOf(code);
    if (kind === INSIDE) {
      if (start < 0) start = at;
      continue;
    }
    if (start >= 0) words.push(plain.slice(start, at));
    if (kind === ALONE) words.push(plain.charAt(at));
    start = -1;
  }
  return words;
}

/** Lower case; full-width digits, ligatures and the like as their plain forms. */
const normal = (text: string): string => (isAscii(text) ? text : text.normalize('NFKC')).toLowerCase();

// oxlint-disable-next-line no-control-regex
const isAscii = (text: string): boolean => !/[^\u0000-\u007f]/.test(text);

/** Of a code unit from 128 on. */
function kindOf(code: number): Kind {
  if (code < 0xc0) return code === 0xb0 || code === 0xb1 ? ALONE : BETWEEN;
  if (code === 0xd7 || code === 0xf7) return ALONE;
  if (code < 0x2000) return INSIDE;
  if (code < 0x2070) return BETWEEN;
  if (code >= 0x2190 && code < 0x2c00) return ALONE;
  if (code >= 0x3000 && code < 0x3040) return BETWEEN;
  return (code >= 0x3040 && code < 0xa000) || (code >= 0xf900 && code < 0xfb00) ? ALONE : INSIDE;
}

/** The last steps of MurmurHash3, so that similar words end far apart. */
function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
