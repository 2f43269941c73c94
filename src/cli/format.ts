/** Numbers as people read them: per cent, minutes, thousands. */
import type { Score } from '../protocol/events.ts';

/** `1,240`; at most three digits behind the point for small numbers. */
export function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

/** A share 0..1 as `88.2 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** `0:09`, `1:10`, `2:03:04`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number): string => String(part).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `980`, `16.2k`, `3.25M`. */
export function compact(value: number): string {
  if (value < 1000) return number(Math.round(value));
  const [scaled, unit] = value < 1e6 ? [value / 1e3, 'k'] : value < 1e9 ? [value / 1e6, 'M'] : [value / 1e9, 'G'];
  return `${Number(scaled.toPrecision(3))}${unit}`;
}

export const bytes = (count: number): string =>
  count < 1e6
    ? `${number(Math.ceil(count / 1e3))} kB`
    : count < 1e10
      ? `${Number((count / 1e6).toPrecision(3))} MB`
      : `${Number((count / 1e9).toPrecision(3))} GB`;

/** A score's value with its unit: `94.8 %`, `61.2 tok`. */
export function scoreValue({ value, unit }: Score): string {
  switch (unit) {
    case 'share':
      return percent(value);
    case 'tokens':
      return `${value.toFixed(1)} tok`;
    case 'count':
      return number(value);
    case 'nats':
      return value.toFixed(3);
    default:
      unit satisfies never;
      return String(value);
  }
}

/** `92.1–96.7 %`; `–` where none is defined. */
export function interval({ interval: bounds, unit }: Score): string {
  if (bounds === null) return '–';
  const [low, high] = bounds;
  if (unit === 'share') return `${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %`;
  const digits = unit === 'nats' ? 3 : 1;
  return `${low.toFixed(digits)}–${high.toFixed(digits)}`;
}
