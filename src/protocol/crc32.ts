/** CRC-32 (ISO 3309), which tells whether what was written is what is read. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309) of the UTF-8 bytes of a text, as eight hexadecimal digits; a lone surrogate counts as U+FFFD, as files hold it. */
export function crc32(text: string): string {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) crc = add(crc, unit);
    else if (unit < 0x800) crc = add(add(crc, 0xc0 | (unit >> 6)), 0x80 | (unit & 63));
    else {
      const code = text.codePointAt(index) ?? 0;
      crc = addLong(crc, code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
      if (code > 0xffff) index++;
    }
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

/** The same of bytes, as a number. */
export function crc32OfBytes(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = add(crc, byte);
  return (crc ^ 0xffffffff) >>> 0;
}

const add = (crc: number, byte: number): number => (TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);

/** The three or four bytes of a code point from U+0800 on. */
function addLong(crc: number, code: number): number {
  const isWide = code > 0xffff;
  const first = isWide ? add(add(crc, 0xf0 | (code >> 18)), 0x80 | ((code >> 12) & 63)) : add(crc, 0xe0 | (code >> 12));
  return add(add(first, 0x80 | ((code >> 6) & 63)), 0x80 | (code & 63));
}
