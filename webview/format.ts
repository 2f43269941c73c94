/** Numbers and times as the reader's language writes them. Text in, text out: no document. */

export interface Formats {
  /** `1,240`. */
  readonly count: (value: number) => string;
  /** A metric of any size with four significant digits: `0.2143`, `1,240`, `3.2e-5`. */
  readonly metric: (value: number) => string;
  /** A share of 0..1 in per cent with one decimal: `88.2 %`. */
  readonly percent: (share: number) => string;
  /** The same as short as it can be without loss: `88 %`. */
  readonly shortPercent: (share: number) => string;
  /** The same without decimals, rounded down, so that 100 % means done. */
  readonly wholePercent: (share: number) => string;
  readonly decimal: (value: number, digits: number) => string;
  /** Time of day with seconds. */
  readonly clock: (time: number) => string;
  /** `40 s`, `1:10`, `1:02:10`. */
  readonly duration: (seconds: number) => string;
}

const SPACE = '\u00a0';

/** Formats for a language tag; English where the tag is not one that Intl knows. */
export function formats(locale: string): Formats {
  const tag = knownLocale(locale);
  const fixed = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(tag, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const byDigits = new Map<number, Intl.NumberFormat>([0, 1, 2, 3].map((digits) => [digits, fixed(digits)]));
  const decimal = (value: number, digits: number): string => (byDigits.get(digits) ?? fixed(digits)).format(value);
  const significant = new Intl.NumberFormat(tag, { maximumSignificantDigits: 4 });
  const short = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  const scientific = new Intl.NumberFormat(tag, { notation: 'scientific', maximumSignificantDigits: 3 });
  const clock = new Intl.DateTimeFormat(tag, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return {
    count: (value) => decimal(Math.round(value), 0),
    metric: (value) => (isExtreme(value) ? scientific : significant).format(value).replace('E', 'e'),
    percent: (share) => `${decimal(share * 100, 1)}${SPACE}%`,
    shortPercent: (share) => `${short.format(share * 100)}${SPACE}%`,
    wholePercent: (share) => `${decimal(Math.floor(share * 100 + 1e-9), 0)}${SPACE}%`,
    decimal,
    clock: (time) => clock.format(time),
    duration,
  };
}

const isExtreme = (value: number): boolean => value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7);

function knownLocale(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch (error) {
    if (error instanceof RangeError) return 'en';
    throw error;
  }
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}${SPACE}s`;
  const two = (part: number): string => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
