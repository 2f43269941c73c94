/** Numbers as people read them: tabular, with unit and interval. */
import type { Score } from '../protocol/events.ts';

/** Seconds as `1:10` or `2:03:04`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `12,345`. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A share 0..1 as `62 %`. */
export const percent = (share: number): string => `${Math.floor(share * 100)} %`;

/** `94.8 % ±2.1 (n 400)`: half the width of the 95 % interval after the sign. */
export function score({ value, interval, n, unit }: Score): string {
  const scale = unit === 'share' ? 100 : 1;
  const digits = unit === 'nats' ? 3 : 1;
  const half = interval ? ` ±${(((interval[1] - interval[0]) / 2) * scale).toFixed(digits)}` : '';
  return `${(value * scale).toFixed(digits)}${unit === 'share' ? ' %' : ''}${half} (n ${whole(n)})`;
}

/** Bytes as `3.1 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** A count of parameters as `0.81 M`. */
export function parameters(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} B`;
  return count >= 1e5 ? `${(count / 1e6).toFixed(2)} M` : `${(count / 1e3).toFixed(1)} k`;
}
