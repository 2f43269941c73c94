/** Install GPU Engine…: fetches TensorFlow for the executor `tensorflow` into this editor's storage, after a question that says what will run. */
import { commands, env, ProgressLocation, Uri, window } from 'vscode';
import { displayLine } from '../../protocol/displayText.ts';
import { GPU_ENGINE, libraryAddress } from '../../install/gpuEngine.ts';
import { InstallCancelled, InstallFailure } from '../../install/installFailure.ts';
import { installGpuEngine as install } from '../../install/installGpuEngine.ts';
import { phaseText } from '../../install/phaseText.ts';
import type { Trial } from '../../install/trial.ts';
import { engineFolder } from '../gpuEnginePlace.ts';
import type { Parts } from '../parts.ts';
import { actionTitle } from '../errorActions.ts';
import { findTrainerRuntime } from './launchRun.ts';

/** A download by npm's script, or a folder with a libtensorflow. */
type Library = { readonly kind: 'download' } | { readonly kind: 'own'; readonly folder: string };

export async function installGpuEngine(parts: Parts): Promise<void> {
  const library = await askForLibrary(parts);
  if (library !== null) await attempt(parts, library);
}

async function attempt(parts: Parts, library: Library): Promise<void> {
  try {
    const trial = await withProgress(parts, library);
    await tellInstalled(parts, trial);
  } catch (error) {
    if (error instanceof InstallCancelled) return;
    if (!(error instanceof InstallFailure)) throw error;
    await tellFailure(parts, error, library);
  }
}

/** What is fetched, from where, which scripts run, and where it goes: nothing happens before a yes. */
async function askForLibrary(parts: Parts): Promise<Library | null> {
  const { say } = parts;
  const { packageName, version } = GPU_ENGINE;
  const address = libraryAddress(process.platform, process.arch, process.env);
  const detail = [
    say('Nothing needs it: runs use the GPU through WebGPU without it.'),
    say('npm fetches {0} {1} into {2}.', packageName, version, engineFolder(parts)),
    say(
      'The install scripts of this one package are run, of no other: they download {0} (about 400 MB), and may compile a small addon.',
      address?.href ?? 'libtensorflow',
    ),
  ].join('\n\n');
  const [download, own] = [say('Download and Install'), say('Use My Own libtensorflow…')];
  const answers = address === null ? [own] : [download, own];
  const sentence = say('Install TensorFlow with CUDA as a GPU engine?');
  const chosen = await window.showInformationMessage(sentence, { modal: true, detail }, ...answers);
  if (chosen === download) return { kind: 'download' };
  return chosen === own ? askForFolder(parts) : null;
}

async function askForFolder({ say }: Parts): Promise<Library | null> {
  const [folder] =
    (await window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      title: say('The folder of an unpacked libtensorflow, or of the Python package tensorflow'),
      openLabel: say('Use This Folder'),
    })) ?? [];
  return folder === undefined ? null : { kind: 'own', folder: folder.fsPath };
}

function withProgress(parts: Parts, library: Library): Thenable<Trial> {
  const { say, strings, log } = parts;
  const options = {
    location: ProgressLocation.Notification,
    title: say('Installing the GPU engine'),
    cancellable: true,
  };
  return window.withProgress(options, async (progress, cancelled) => {
    const abort = new AbortController();
    const cancelling = cancelled.onCancellationRequested(() => abort.abort());
    try {
      return await install({
        runtime: await findTrainerRuntime(),
        folder: engineFolder(parts),
        ownLibrary: library.kind === 'own' ? library.folder : null,
        signal: abort.signal,
        onProgress: (phase, bytes) => {
          const message = phaseText(phase, Math.floor(bytes / 1e6), strings);
          log.trace(message);
          progress.report({ message });
        },
      });
    } finally {
      cancelling.dispose();
    }
  });
}

async function tellInstalled({ say }: Parts, { version, library, isOnGpu }: Trial): Promise<void> {
  const where = isOnGpu ? 'GPU' : 'CPU';
  const sentence = say(
    '{0} {1} with libtensorflow {2} is installed and computes on the {3}.',
    GPU_ENGINE.packageName,
    version,
    library,
    where,
  );
  const how = say('A run takes it with {0}.', '"executor": "tensorflow"');
  const doctor = actionTitle('doctor', say);
  const tell = isOnGpu ? window.showInformationMessage : window.showWarningMessage;
  if ((await tell(`${sentence} ${how}`, doctor)) === doctor) await commands.executeCommand('valley.doctor');
}

async function tellFailure(parts: Parts, failure: InstallFailure, library: Library): Promise<void> {
  const { say, log } = parts;
  const { sentence, remedy } = failure.text;
  const said = displayLine(say(sentence, ...failure.args), 400);
  log.error(said);
  const [again, recipe] = [say('Try Again'), say('Open the Recipe')];
  const chosen = await window.showErrorMessage(`${said} ${say(remedy)}`, again, recipe);
  if (chosen === again) await attempt(parts, library);
  if (chosen === recipe) await openRecipe(parts);
}

/** How to get a libtensorflow of one's own, in the language of the editor. */
async function openRecipe({ context }: Parts): Promise<void> {
  const file = env.language.startsWith('ko') ? 'gpu-engine.ko.md' : 'gpu-engine.md';
  await commands.executeCommand('markdown.showPreview', Uri.file(context.asAbsolutePath(`docs/${file}`)));
}
