/** What is told in events, whole and as a template: a line of the log, and why an executor was chosen. */
import type { ExecutorIdentity, LogLevel, LogWritten } from './events.ts';
import { english, templateOf, type Told } from './sentence.ts';

export function logged(level: LogLevel, told: Told): LogWritten {
  const said = templateOf(told);
  return { type: 'log.written', level, message: english(told), ...(said && { said }) };
}

export function reasonOf(told: Told): Pick<ExecutorIdentity, 'reason' | 'reasonSaid'> {
  const reasonSaid = templateOf(told);
  return { reason: english(told), ...(reasonSaid && { reasonSaid }) };
}
