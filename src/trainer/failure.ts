/** From anything that was thrown to the `RunError` that people are told. */
import { isRunErrorCode, type RunError, type RunErrorCode } from '../protocol/events.ts';

/** Errors that carry a code of the protocol keep it; all others are ours to mend: `internal`. */
export function runErrorOf(thrown: unknown): RunError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = codeOf(thrown);
  if (code === null) return { code: 'internal', message };
  const { said, remedy, remedySaid } = thrown as Partial<Omit<RunError, 'code' | 'message'>>;
  return { code, message, ...(said && { said }), ...(remedy && { remedy }), ...(remedySaid && { remedySaid }) };
}

/** The protocol's code of an error, or null. */
export function codeOf(thrown: unknown): RunErrorCode | null {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  return isRunErrorCode(code) ? code : null;
}
