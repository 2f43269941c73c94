/** `valley export CHECKPOINT|RUN FOLDER`: the model as a folder that transformers loads, or as a GGUF file. */
import { join, resolve } from 'node:path';
import { EXPORT_DTYPES, type ExportReport, GGUF_TYPES } from '../../protocol/exportReport.ts';
import { translate, type Strings } from '../../protocol/translate.ts';
import { exportCheckpoint, type ExportRequest } from '../../runs/exportTool.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { locateCheckpoint } from '../locate.ts';
import { toolRefusal } from '../refusing.ts';

/** With `--json` one line: an `ExportReport`. */
export async function exportModel({ words, options }: Arguments, console: Console): Promise<number> {
  const [source = '', folder = ''] = words;
  const { folder: checkpoint } = await locateCheckpoint(source, console);
  const request = { checkpoint, out: resolve(console.cwd, folder), ...chosen(options, console) };
  const report = await exportedUntilStopped(request, console);
  if (report === null) return EXIT.stopped;
  if (options.json === true) console.out(`${JSON.stringify(report)}\n`);
  return tell(report, options.json === true, console);
}

/** Null where the person pressed Ctrl+C. */
async function exportedUntilStopped(request: ExportRequest, console: Console): Promise<ExportReport | null> {
  const abort = new AbortController();
  const release = console.onInterrupt(() => abort.abort());
  const trainer = join(console.programs, 'trainer.mjs');
  try {
    return await exportCheckpoint({ runtime: ownRuntime(), trainer, signal: abort.signal }, request);
  } catch (error) {
    if (abort.signal.aborted) return null;
    throw error;
  } finally {
    release();
  }
}

type Chosen = Omit<ExportRequest, 'checkpoint' | 'out'>;

function chosen(options: Arguments['options'], { strings }: Console): Chosen {
  const { 'max-shard-size': size, adapter } = options;
  const dtype = oneOf('dtype', EXPORT_DTYPES, options, strings);
  const gguf = oneOf('gguf', GGUF_TYPES, options, strings);
  if (size !== undefined && !(Number(size) > 0 && Number.isFinite(Number(size))))
    throw new BadInput(translate(strings, '--max-shard-size is {0}; it must be a number of megabytes.', String(size)));
  if (gguf !== undefined && (dtype !== undefined || size !== undefined || adapter === true))
    throw new BadInput(translate(strings, '--gguf goes without --dtype, --max-shard-size and --adapter.'));
  return {
    form: gguf !== undefined ? 'gguf' : adapter === true ? 'adapter' : 'model',
    ...(dtype === undefined ? {} : { dtype }),
    ...(gguf === undefined ? {} : { gguf }),
    ...(size === undefined ? {} : { shardMegabytes: Number(size) }),
  };
}

/** Throws `BadInput` with the option, its value and what it may be. */
function oneOf<T extends string>(
  name: 'dtype' | 'gguf',
  allowed: readonly T[],
  options: Arguments['options'],
  strings: Strings,
): T | undefined {
  const value = options[name];
  const found = allowed.find((one) => one === value);
  if (value === undefined || found !== undefined) return found;
  const known = allowed.join(', ');
  throw new BadInput(translate(strings, '{0} is {1}; it may be {2}.', `--${name}`, String(value), known));
}

function tell(report: ExportReport, isJson: boolean, console: Console): number {
  if (report.type === 'refused') return toolRefusal(report.error, console);
  if (isJson) return EXIT.finished;
  const { folder, files, step } = report;
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const size = megabytes.toFixed(1);
  console.out(
    `${translate(console.strings, 'The model of step {0} lies in {1} ({2} files, {3} MB).', step, folder, files.length, size)}\n`,
  );
  return EXIT.finished;
}
