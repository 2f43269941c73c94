/** `valley doctor`: what this machine offers, and how to get what is missing. */
import { join } from 'node:path';
import { displayText } from '../../protocol/displayText.ts';
import type { DoctorFinding, DoctorReport } from '../../protocol/doctor.ts';
import { translated } from '../../protocol/sentence.ts';
import { runTrainerTool } from '../../runs/launch.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import type { Arguments } from '../arguments.ts';
import { EXIT, type Console } from '../console.ts';
import { paint, type Paint } from '../paint.ts';

export async function doctor({ options }: Arguments, console: Console): Promise<number> {
  const trainer = join(console.programs, 'trainer.mjs');
  const report = await runTrainerTool({ runtime: ownRuntime(), trainer, args: ['doctor'] });
  const { findings } = JSON.parse(report) as DoctorReport;
  if (options.json === true) console.out(`${report.trim()}\n`);
  else for (const finding of findings) console.out(describe(finding, console));
  return findings.some(({ level }) => level === 'problem') ? EXIT.failed : EXIT.finished;
}

export function describe(finding: DoctorFinding, { strings, hasColor }: Pick<Console, 'strings' | 'hasColor'>): string {
  const { sentence, args, remedy, remedyArgs, level } = finding;
  const said = `${sign(level, paint(hasColor))} ${displayText(translated(strings, sentence, { text: sentence, args }))}\n`;
  return remedy === null
    ? said
    : `${said}    ${displayText(translated(strings, remedy, { text: remedy, args: remedyArgs }))}\n`;
}

function sign(level: DoctorFinding['level'], { good, bad, warn, dim }: Paint): string {
  switch (level) {
    case 'ok':
      return good('✓');
    case 'info':
      return dim('·');
    case 'warning':
      return warn('!');
    case 'problem':
      return bad('✗');
    default:
      level satisfies never;
      return '?';
  }
}
