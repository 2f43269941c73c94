/** A figure as CSV (RFC 4180): a row per point, numbers as they are. */
import type { Figure } from './figure.ts';

export function figureCsv({ x, y, band, lines }: Figure): string {
  const bandRow = band ? [[band.label, '', band.value, ...band.interval, '']] : [];
  const rows = lines.flatMap(({ label, points }) =>
    points.map((point) => [label, point.x, point.y, ...(point.interval ?? ['', '']), point.n]),
  );
  const header = ['line', x.label, y.label, 'low 95 %', 'high 95 %', 'n'];
  return [header, ...bandRow, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula is kept a text. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
