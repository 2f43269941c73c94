/** Precision and recall of what was found against what was planted. */
import type { Span } from './plantedTraces.ts';

export class Counted {
  private found = 0;
  private planted = 0;
  private hits = 0;
  /** What went wrong, for whoever reads a failing test. */
  readonly misses: string[] = [];

  /** Each found span must overlap one planted one, each planted one be overlapped. */
  add(text: string, found: readonly Span[], planted: readonly Span[]): void {
    const isHit = (one: Span): boolean => found.some((other) => overlap(one, other));
    const isMeant = (one: Span): boolean => planted.some((other) => overlap(one, other));
    this.planted += planted.length;
    this.found += found.length;
    this.hits += planted.filter(isHit).length;
    for (const span of planted.filter((one) => !isHit(one))) this.misses.push(`missed: ${around(text, span)}`);
    for (const span of found.filter((one) => !isMeant(one))) this.misses.push(`not planted: ${around(text, span)}`);
  }

  get recall(): number {
    return this.hits / this.planted;
  }

  get precision(): number {
    return 1 - this.misses.filter((miss) => miss.startsWith('not')).length / this.found;
  }

  get size(): number {
    return this.planted;
  }
}

const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

const around = (text: string, { start, end }: Span): string =>
  JSON.stringify(
    `${text.slice(Math.max(0, start - 60), start)}[[${text.slice(start, end)}]]${text.slice(end, end + 90)}`,
  );
