/** Which rows go into which subset: strata in their shares, long traces mixed with short ones, nested or drawn anew. */
import type { PrepareConfig } from '../../config/schema.ts';
import type { RowTable } from './rowTable.ts';
import { stratifiedOrder, type Stratum } from './stratifiedOrder.ts';

export interface Subset {
  /** Rows that were asked for; null for all there are. */
  readonly size: number | null;
  readonly rows: Uint32Array;
}

/** `sourceOf` gives the number of the source a row comes from. Rows of a subset stand in the order of the draw. */
export function subsetsOf(
  config: PrepareConfig,
  table: RowTable,
  rows: Uint32Array,
  sourceOf: (row: number) => number,
): readonly Subset[] {
  const { sizes, nested, longShare } = config.sampling;
  if (sizes.length === 0 && longShare === undefined) return [{ size: null, rows }];
  const strata = strataOf(config, table, rows, sourceOf);
  const most = mostRows(config, table, rows);
  const order = stratifiedOrder(strata, config.seed, 'subsets');
  if (sizes.length === 0) return [{ size: null, rows: order.slice(0, most) }];
  return sizes.map((size) => {
    const drawn = nested ? order : stratifiedOrder(strata, config.seed, `subsets/${size}`);
    return { size, rows: drawn.slice(0, Math.min(size, most)) };
  });
}

/** Share of long traces; null where the config does not say what is long. */
export function longShareOf({ sampling }: PrepareConfig, table: RowTable, rows: Uint32Array): number | null {
  const { longTokens } = sampling;
  if (longTokens === undefined) return null;
  return rows.length === 0 ? 0 : rows.filter((row) => table.tokens(row) >= longTokens).length / rows.length;
}

/** So many rows can have the wanted share of long traces before one kind is used up. */
function mostRows(config: PrepareConfig, table: RowTable, rows: Uint32Array): number {
  const { longShare, longTokens } = config.sampling;
  if (longShare === undefined || longTokens === undefined) return rows.length;
  const long = rows.filter((row) => table.tokens(row) >= longTokens).length;
  const byLong = longShare === 0 ? Infinity : long / longShare;
  const byShort = longShare === 1 ? Infinity : (rows.length - long) / (1 - longShare);
  return Math.floor(Math.min(byLong, byShort, rows.length) + 1e-9);
}

function strataOf(
  config: PrepareConfig,
  table: RowTable,
  rows: Uint32Array,
  sourceOf: (row: number) => number,
): readonly Stratum[] {
  const { stratifyBy, bins, longTokens = 0 } = config.sampling;
  const keys = stratifyBy.map((by): ((row: number) => number) => {
    if (by === 'source') return sourceOf;
    return quantiles(rows, by === 'length' ? table.tokens : table.difficulty, bins);
  });
  const groups = new Map<string, { readonly isLong: boolean; readonly rows: number[] }>();
  for (const row of rows) {
    const isLong = table.tokens(row) >= longTokens;
    const key = [isLong, ...keys.map((keyOf) => keyOf(row))].join(' ');
    const group = groups.get(key) ?? { isLong, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return weighted(
    config,
    [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group),
  );
}

interface Group {
  readonly isLong: boolean;
  readonly rows: readonly number[];
}

function weighted({ sampling }: PrepareConfig, groups: readonly Group[]): readonly Stratum[] {
  const { allocation, longShare } = sampling;
  const own = ({ rows }: Group): number => (allocation === 'equal' ? 1 : rows.length);
  const total = (isLong: boolean): number =>
    groups.filter((group) => group.isLong === isLong).reduce((sum, group) => sum + own(group), 0);
  const [long, short] = [total(true), total(false)];
  const factor = ({ isLong }: Group): number => {
    if (longShare === undefined) return 1;
    return isLong ? longShare / long : (1 - longShare) / short;
  };
  return groups.map((group) => ({ rows: group.rows, weight: own(group) * factor(group) }));
}

/** Groups of equal size by a value, or one for each value where there are few; rows without one are a group of their own (-1). */
function quantiles(rows: Uint32Array, valueOf: (row: number) => number, bins: number): (row: number) => number {
  const values = Float64Array.from(rows, valueOf)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const distinct = [...new Set(values)];
  const edges =
    distinct.length <= bins
      ? distinct.slice(1)
      : Array.from({ length: bins - 1 }, (_, i) => values[Math.floor(((i + 1) * values.length) / bins)] ?? 0);
  return (row) => {
    const value = valueOf(row);
    return Number.isNaN(value) ? -1 : edges.filter((edge) => value >= edge).length;
  };
}
