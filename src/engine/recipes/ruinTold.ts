/** A last look at the rows before they are trained on: a run that its examples would ruin does not begin. */
import type { RowsDataConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { logged } from '../../protocol/logged.ts';
import { said, saidTogether } from '../../protocol/sentence.ts';
import { ExampleTally } from '../preflight/exampleTally.ts';
import { MOST_LOOKED } from '../preflight/looked.ts';
import { exampleFindings } from '../preflight/preflightFindings.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { longestOf } from './rowSet.ts';
import type { RowsSource } from './rowsSource.ts';
import { RunFailure } from './runFailure.ts';

export interface RuinOptions {
  readonly rows: Pick<RowsSource, 'table' | 'exampleAt'>;
  /** Examples that are used, by number in the table. */
  readonly used: Uint32Array;
  /** Whether the next example is what one is preferred to. */
  readonly isPaired?: boolean;
  readonly data: RowsDataConfig;
  /** Longest sequence that the model reads. */
  readonly maxPositions: number;
  readonly tokenizer: Pick<Tokenizer, 'endTokens' | 'beginTokens'>;
}

/** Throws RunFailure `badDataset` where the config does not say to go on. Looks at some examples from all over the file. */
export function* ruinTold(options: RuinOptions): Generator<RunEvent> {
  const { data } = options;
  for (const { severity, said: sentence, remedy } of findingsOf(options)) {
    if (severity !== 'error') continue;
    const advice = remedy ?? '';
    if (data.onPreflightError === 'warn') yield logged('warning', saidTogether([sentence, advice]));
    else throw new RunFailure('badDataset', sentence, saidTogether([advice, OVERRIDE]));
  }
}

const OVERRIDE = said`To train all the same, set data.onPreflightError to "warn".`;

function findingsOf({ rows, used, isPaired = false, data, maxPositions, tokenizer }: RuinOptions) {
  const mostTokens = longestOf({ data, maxPositions });
  const { onLongExample } = data;
  const { endTokens, beginTokens } = tokenizer;
  const tally = new ExampleTally({ mostTokens, onLongExample, endTokens, beginTokens: beginTokens.length });
  const looked = Math.min(used.length, MOST_LOOKED);
  for (let at = 0; at < looked; at++) {
    const row = used[Math.floor((at * used.length) / looked)] ?? 0;
    const example = isPaired ? { ...tokensOf(row, rows), rejected: tokensOf(row + 1, rows) } : tokensOf(row, rows);
    tally.add({ place: `${data.path}:${rows.table.line(row)}`, example });
  }
  const paths = { data: ['data', 'path'], limit: ['data', 'maxLength'] } as const;
  return exampleFindings({ statistics: tally.result(), mostTokens, onLongExample, paths });
}

const tokensOf = (row: number, rows: RuinOptions['rows']) => ({
  ...masked(rows.exampleAt(row).tokens),
  promptLength: rows.table.promptLength(row),
  findings: [],
});

/** Learned tokens are kept as `~id`. */
const masked = (kept: Int32Array) => ({
  tokens: Array.from(kept, (token) => (token < 0 ? ~token : token)),
  lossMask: Array.from(kept, (token): 0 | 1 => (token < 0 ? 1 : 0)),
});
