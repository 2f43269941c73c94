/** `valley install-gpu-engine`: fetches TensorFlow for the executor `tensorflow`, after saying exactly what will run. */
import { resolve } from 'node:path';
import { displayText } from '../../protocol/displayText.ts';
import { translate } from '../../protocol/translate.ts';
import { GPU_ENGINE, libraryAddress, ownEngineFolder } from '../../install/gpuEngine.ts';
import { InstallCancelled, InstallFailure } from '../../install/installFailure.ts';
import { installGpuEngine as install } from '../../install/installGpuEngine.ts';
import { phaseText } from '../../install/phaseText.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { text } from '../options.ts';

/** Without `--yes` nothing is fetched: what would be is said instead. */
export async function installGpuEngine({ options }: Arguments, console: Console): Promise<number> {
  const { out, strings, cwd } = console;
  const given = text(options, 'libtensorflow');
  const ownLibrary = given === null ? null : resolve(cwd, given);
  const folder = ownEngineFolder(process.env);
  out(`${plan(folder, ownLibrary, console)}\n`);
  if (options.yes !== true)
    throw new BadInput(translate(strings, 'Nothing was installed. Add --yes to agree to what is said above.'));
  const abort = new AbortController();
  const release = console.onInterrupt(() => abort.abort());
  try {
    const { version, library, isOnGpu } = await install({
      runtime: ownRuntime(),
      folder,
      ownLibrary,
      signal: abort.signal,
      onProgress: teller(console),
    });
    out(
      `${translate(strings, '{0} {1} with libtensorflow {2} is installed and computes on the {3}.', GPU_ENGINE.packageName, version, library, isOnGpu ? 'GPU' : 'CPU')}\n`,
    );
    return EXIT.finished;
  } catch (error) {
    return tell(error, console);
  } finally {
    release();
  }
}

function plan(folder: string, ownLibrary: string | null, { strings }: Console): string {
  const { packageName, version } = GPU_ENGINE;
  const address = libraryAddress(process.platform, process.arch, process.env);
  const fetched = translate(strings, 'npm fetches {0} {1} into {2}.', packageName, version, folder);
  const scripts =
    ownLibrary === null
      ? translate(
          strings,
          'The install scripts of this one package are run, of no other: they download {0} (about 400 MB), and may compile a small addon.',
          address?.href ?? 'libtensorflow',
        )
      : translate(
          strings,
          'The libraries of {0} are copied, and its script build-addon-from-source compiles a small addon. No other script is run.',
          ownLibrary,
        );
  return `${fetched} ${scripts}`;
}

/** Says each phase once; while the library is fetched, every 50 MB. */
function teller({ out, strings }: Console): (phase: Parameters<typeof phaseText>[0], bytes: number) => void {
  let said = '';
  return (phase, bytes) => {
    const line = phaseText(phase, Math.floor(bytes / 5e7) * 50, strings);
    if (line !== said) out(`${line}\n`);
    said = line;
  };
}

function tell(error: unknown, { err, strings }: Console): number {
  if (error instanceof InstallCancelled) {
    err(`${translate(strings, 'Cancelled. Nothing was left behind.')}\n`);
    return EXIT.stopped;
  }
  if (!(error instanceof InstallFailure)) throw error;
  const { sentence, remedy } = error.text;
  err(
    `${displayText(translate(strings, sentence, ...error.args))}\n${translate(strings, remedy)} (docs/gpu-engine.md)\n`,
  );
  return EXIT.failed;
}
