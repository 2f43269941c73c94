/** What the doctor found, as a text to read. */
import { displayText } from '../protocol/displayText.ts';
import type { DoctorFinding, DoctorReport } from '../protocol/doctor.ts';
import { saidIn } from '../protocol/sentence.ts';
import type { Say } from './say.ts';

const SIGNS: Readonly<Record<DoctorFinding['level'], string>> = { ok: '✓', info: '○', warning: '!', problem: '✗' };

/** What it amounts to; then problems, warnings and what is well; each with its remedy below it. */
export function doctorText(report: DoctorReport, runtime: string, say: Say): string {
  const order: readonly DoctorFinding['level'][] = ['problem', 'warning', 'info', 'ok'];
  const place = ({ id, level }: DoctorFinding): number => (id === 'verdict' ? -1 : order.indexOf(level));
  const sorted = [...report.findings].sort((a, b) => place(a) - place(b));
  return [
    `${say('Valley: what this machine can do')}  ${new Date(report.time).toISOString().slice(0, 16).replace('T', ' ')}`,
    say('Trainer runtime: {0}', runtime),
    '',
    ...sorted.flatMap((finding) => findingLines(finding, say)),
    '',
  ].join('\n');
}

function findingLines({ level, sentence, args, remedy, remedyArgs }: DoctorFinding, say: Say): string[] {
  const said = `${SIGNS[level]} ${displayText(saidIn(say, sentence, { text: sentence, args }))}`;
  return remedy === null
    ? [said]
    : [said, `    → ${displayText(saidIn(say, remedy, { text: remedy, args: remedyArgs }))}`];
}

/** The report in a tool's output, or null if it is none. */
export function readDoctorReport(output: string): DoctorReport | null {
  try {
    const value: unknown = JSON.parse(output);
    const isReport =
      typeof value === 'object' && value !== null && 'findings' in value && Array.isArray(value.findings);
    return isReport ? (value as DoctorReport) : null;
  } catch {
    return null; // the caller says that the doctor gave no report
  }
}
