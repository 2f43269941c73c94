/** `valley export CHECKPOINT|RUN FOLDER`: the model as a folder that transformers loads, or as a GGUF file. */
import { join, resolve } from 'node:path';
import { EXPORT_DTYPES, type ExportReport, GGUF_TYPES } from '../../protocol/exportReport.ts';
import { displayText } from '../../protocol/displayText.ts';
import type { RunError } from '../../protocol/events.ts';
import { translated } from '../../protocol/sentence.ts';
import { translate, type Strings } from '../../protocol/translate.ts';
import { runTrainerTool } from '../../runs/launch.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { locateCheckpoint } from '../locate.ts';

/** A large model takes its time to be read and written. */
const PATIENCE_MS = 60 * 60_000;

/** With `--json` one line: an `ExportReport`. */
export async function exportModel({ words, options }: Arguments, console: Console): Promise<number> {
  const [source = '', folder = ''] = words;
  const { folder: checkpoint } = await locateCheckpoint(source, console);
  const report = JSON.parse(
    await runTrainerTool({
      runtime: ownRuntime(),
      trainer: join(console.programs, 'trainer.mjs'),
      args: ['export', '--checkpoint', checkpoint, '--out', resolve(console.cwd, folder), ...chosen(options, console)],
      timeoutMs: PATIENCE_MS,
    }),
  ) as ExportReport;
  if (options.json === true) console.out(`${JSON.stringify(report)}\n`);
  return tell(report, options.json === true, console);
}

function chosen(options: Arguments['options'], { strings }: Console): string[] {
  const { dtype, 'max-shard-size': size, adapter, gguf } = options;
  if (gguf !== undefined && !GGUF_TYPES.some((one) => one === gguf))
    throw new BadInput(translate(strings, '--gguf is {0}; it may be {1}.', String(gguf), GGUF_TYPES.join(', ')));
  if (gguf !== undefined && (dtype !== undefined || size !== undefined || adapter === true))
    throw new BadInput(translate(strings, '--gguf goes without --dtype, --max-shard-size and --adapter.'));
  if (dtype !== undefined && !EXPORT_DTYPES.some((one) => one === dtype))
    throw new BadInput(translate(strings, '--dtype is {0}; it may be {1}.', String(dtype), EXPORT_DTYPES.join(', ')));
  if (size !== undefined && !(Number(size) > 0 && Number.isFinite(Number(size))))
    throw new BadInput(translate(strings, '--max-shard-size is {0}; it must be a number of megabytes.', String(size)));
  return [
    ...(dtype === undefined ? [] : ['--dtype', String(dtype)]),
    ...(size === undefined ? [] : ['--shard-megabytes', String(size)]),
    ...(adapter === true ? ['--form', 'adapter'] : []),
    ...(gguf === undefined ? [] : ['--form', 'gguf', '--gguf', String(gguf)]),
  ];
}

/** What and what to do, without the words for runs that fail. */
function refusal({ message, said, remedy, remedySaid }: RunError, strings: Strings): string {
  const why = translate(strings, 'valley: {0}', displayText(translated(strings, message, said)));
  return remedy === undefined ? why : `${why}\n${displayText(translated(strings, remedy, remedySaid))}`;
}

function tell(report: ExportReport, isJson: boolean, { out, err, strings }: Console): number {
  if (report.type === 'refused') {
    err(`${refusal(report.error, strings)}\n`);
    return report.error.code === 'badConfig' ? EXIT.badInput : EXIT.failed;
  }
  if (isJson) return EXIT.finished;
  const { folder, files, step } = report;
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const size = megabytes.toFixed(1);
  out(
    `${translate(strings, 'The model of step {0} lies in {1} ({2} files, {3} MB).', step, folder, files.length, size)}\n`,
  );
  return EXIT.finished;
}
