import { crc32 } from './crc32.ts';
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
