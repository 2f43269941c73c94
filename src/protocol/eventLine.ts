import { PROTOCOL_VERSION, type StampedEvent } from './events.ts';

/** One line of events.jsonl: the stamped event as JSON whose last member `crc` is the CRC-32 (hex) of all that stands before it. */
export function encodeEventLine(stamped: StampedEvent): string {
  const body = JSON.stringify(stamped).slice(0, -1);
  return `${body},"crc":"${crc32(body)}"}\n`;
}

/** The event of a line without its line break, or null for a torn, damaged or newer line. */
export function decodeEventLine(line: string): StampedEvent | null {
  const tail = /,"crc":"([0-9a-f]{8})"\}$/.exec(line);
  if (!tail) return null;
  const body = line.slice(0, tail.index);
  if (crc32(body) !== tail[1]) return null;
  const stamped = JSON.parse(`${body}}`) as StampedEvent;
  return stamped.v <= PROTOCOL_VERSION ? stamped : null;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309) of the UTF-8 bytes of a text, as eight hexadecimal digits. */
export function crc32(text: string): string {
  let crc = 0xffffffff;
  for (const byte of utf8(text)) crc = (TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD, as files write it. */
function* utf8(text: string): Generator<number> {
  for (const char of text) {
    const given = char.codePointAt(0) ?? 0;
    const code = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given;
    if (code < 0x80) yield code;
    else if (code < 0x800) yield* [0xc0 | (code >> 6), 0x80 | (code & 63)];
    else if (code < 0x10000) yield* [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
    else yield* [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
  }
}
