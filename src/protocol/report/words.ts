/** Numbers of a report as people read them. */
import type { Estimate } from '../analysis.ts';
import type { Difference } from '../verdict.ts';

/** A share as points, with one digit: `-12.3`. */
export const points = (share: number): string => (share * 100).toFixed(1);

export const count = (n: number): string => n.toLocaleString('en-US');

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** `85.9 % (83.0–88.4)` */
export const shareText = ({ value, interval }: Estimate): string =>
  interval ? `${percent(value)} (${points(interval[0])}–${points(interval[1])})` : percent(value);

/** `52.1 (51.0–53.3)` */
export const numberText = (estimate: Estimate | null): string => {
  if (!estimate) return '–';
  const { value, interval } = estimate;
  return interval ? `${value.toFixed(1)} (${interval.map((end) => end.toFixed(1)).join('–')})` : value.toFixed(1);
};

/** `-12.3 (-15.0 to -9.6)`, in points */
export const differenceText = (difference: Difference | null): string =>
  difference
    ? `${signed(difference.value)} (${signed(difference.interval[0])} … ${signed(difference.interval[1])})`
    : '–';

const signed = (share: number): string => `${share > 0 ? '+' : ''}${points(share)}`;
