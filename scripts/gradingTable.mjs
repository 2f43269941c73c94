/** Precision and recall of the math verifier on a golden table, by kind, with its misses: what docs/grading.md shows. */

/** @typedef {{ id: string, gold: string, prediction: string, expected: string, kind: string, reason: string }} Row */
/** @typedef {{ row: Row, verdict: string }} Graded */

/**
 * Of `correct` against every other verdict; `agreement` is of all verdicts (`timeout` counts as `unparsed` on hostile rows).
 * @param {readonly Graded[]} graded
 */
export function measured(graded) {
  const count = (/** @type {(each: Graded) => boolean} */ is) => graded.filter(is).length;
  const right = count(({ row, verdict }) => verdict === 'correct' && row.expected === 'correct');
  const accepted = count(({ verdict }) => verdict === 'correct');
  const wanted = count(({ row }) => row.expected === 'correct');
  const agreed = count(({ row, verdict }) => sameVerdict(row, verdict));
  return {
    n: graded.length,
    wanted,
    accepted,
    right,
    precision: accepted === 0 ? 1 : right / accepted,
    recall: wanted === 0 ? 1 : right / wanted,
    agreement: graded.length === 0 ? 1 : agreed / graded.length,
  };
}

/** @param {Row} row @param {string} verdict */
const sameVerdict = (row, verdict) =>
  verdict === row.expected || (row.kind === 'hostile' && verdict === 'timeout' && row.expected === 'unparsed');

const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;

/**
 * @param {string} name of the table
 * @param {readonly Graded[]} graded
 */
export function tableOf(name, graded) {
  const kinds = [...new Set(graded.map(({ row }) => row.kind))].sort();
  const parts = kinds.map((kind) => /** @type {const} */ ([kind, graded.filter(({ row }) => row.kind === kind)]));
  return [
    `### ${name}`,
    '',
    '| kind | rows | to be accepted | accepted wrongly | missed | precision | recall | all verdicts agree |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...parts.map(([kind, rows]) => line(kind, rows)),
    line('**all**', graded),
    '',
    ...missesOf(graded),
  ].join('\n');
}

/** @param {string} kind @param {readonly Graded[]} graded */
function line(kind, graded) {
  const { n, wanted, accepted, right, precision, recall, agreement } = measured(graded);
  const shares = [accepted === 0 ? '–' : percent(precision), wanted === 0 ? '–' : percent(recall), percent(agreement)];
  return `| ${[kind, n, wanted, accepted - right, wanted - right, ...shares].join(' | ')} |`;
}

/** @param {readonly Graded[]} graded */
function missesOf(graded) {
  const isMiss = (/** @type {Graded} */ { row, verdict }) => (verdict === 'correct') !== (row.expected === 'correct');
  const missed = graded.filter(isMiss);
  if (missed.length === 0) return ['No row is accepted wrongly or missed.'];
  return [
    'Rows that are accepted wrongly or missed:',
    '',
    '| gold | answer | should be | is | reason |',
    '|---|---|---|---|---|',
    ...missed.map(
      ({ row, verdict }) =>
        `| ${[code(row.gold), code(row.prediction), row.expected, verdict, row.reason].join(' | ')} |`,
    ),
  ];
}

/** The end of a text, in one cell of a table. @param {string} text */
const code = (text) => `\`${text.slice(-80).replace(/\s+/g, ' ').replace(/\|/g, '\\|').replace(/`/g, "'")}\``;
