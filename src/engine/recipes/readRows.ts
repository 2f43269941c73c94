/** Reads the rows that a run learns or is measured on, and tells what came of them. */
import type { LeftOutReason, SourceReading } from '../../protocol/preparation.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { logged } from '../../protocol/logged.ts';
import { said, saidTogether } from '../../protocol/sentence.ts';
import { chatFinding, NOTE_KINDS } from '../chat/chatFinding.ts';
import { LeftOutTally } from '../rows/leftOutTally.ts';
import { statisticsOf } from '../rows/statistics.ts';
import type { Inbox } from './inbox.ts';
import type { RowsSource } from './rowsSource.ts';

const TOLD_EVERY_MS = 250;

export interface RowsWanted {
  readonly rows: RowsSource;
  /** Whether each two examples of the table are a pair. */
  readonly isPaired?: boolean;
  readonly path: string;
  readonly inbox: Inbox;
  readonly now: () => number;
}

/** What a run makes of the rows that were read; `leaveOut` hears of each that is not used. */
type Choice<Chosen> = (leaveOut: (reason: LeftOutReason, line: number) => void) => Chosen;

/** Null where someone asked to stop meanwhile. Throws what reading and `choose` throw. */
export async function* readRows<Chosen extends { readonly used: Uint32Array }>(
  wanted: RowsWanted,
  choose: Choice<Chosen>,
): AsyncGenerator<RunEvent, (Chosen & { readonly source: SourceReading }) | null> {
  const { rows, path } = wanted;
  const tally = new LeftOutTally(() => path);
  const read = yield* readAll(wanted, tally);
  if (read === null) return null;
  const chosen = choose((reason, line) => tally.add(reason, '', 0, line));
  const statistics = statisticsOf(wanted.isPaired ? pairLengths(rows.table) : rows.table, chosen.used);
  yield { type: 'stage.finished', stage: 'encoding', rowsIn: read.rowsIn, leftOut: tally.take(), statistics };
  yield* notesTold(rows, chosen.used);
  return { ...chosen, source: read.source };
}

/** A pair is as long as its two sequences together. */
const pairLengths = ({
  tokens,
  problemKey,
}: RowsSource['table']): Pick<RowsSource['table'], 'tokens' | 'problemKey'> => ({
  tokens: (row) => tokens(row) + tokens(row + 1),
  problemKey,
});

async function* readAll(
  { rows, isPaired = false, inbox, now }: RowsWanted,
  tally: LeftOutTally,
): AsyncGenerator<RunEvent, { readonly source: SourceReading; readonly rowsIn: number } | null> {
  let source: SourceReading | null = null;
  let rowsIn = 0;
  let toldAt = now();
  for await (const read of rows.read()) {
    inbox.look();
    if (inbox.isStopping) return null;
    if (read.type === 'opened') {
      source = read.source;
      yield { type: 'source.opened', source };
      continue;
    }
    for (const { rule, line, detail, rows: count } of read.bad) tally.add(rule, '', 0, line, detail, count);
    rowsIn += read.examples / (isPaired ? 2 : 1) + read.bad.reduce((sum, { rows: count }) => sum + count, 0);
    if (now() - toldAt < TOLD_EVERY_MS) continue;
    toldAt = now();
    yield { type: 'rows.progressed', stage: 'encoding', done: read.done, total: read.total };
  }
  return source && { source, rowsIn };
}

/** What the chat template does to rows that are learned all the same. */
function* notesTold({ table }: RowsSource, used: Uint32Array): Generator<RunEvent> {
  const counts = new Map(NOTE_KINDS.map((kind) => [kind, 0]));
  for (const row of used) for (const kind of table.notes(row)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of counts) {
    if (count === 0) continue;
    const { severity, said: sentence } = chatFinding(kind);
    yield logged(severity === 'hint' ? 'info' : 'warning', saidTogether([said`${count} examples:`, sentence]));
  }
}
