/** Sample…: a prompt of one's own. A run at work answers in between its steps; a checkpoint answers in a new run. */
import { randomInt } from 'node:crypto';
import { ProgressLocation, window, type CancellationToken } from 'vscode';
import { samplingOf } from '../../config/compose.ts';
import { promptProblem } from '../../config/promptCharacters.ts';
import { connect, sendCommand } from '../../runs/controlClient.ts';
import { newRunFolder } from '../../runs/runsRoot.ts';
import { readTokenizerFile } from '../../runs/tokenizerFile.ts';
import { listCheckpoints, type CheckpointOnDisk } from '../checkpointList.ts';
import { nameFor, sampleConfig, type Question } from '../composedConfigs.ts';
import { showCompletion } from '../showCompletion.ts';
import type { Parts } from '../parts.ts';
import { checkpointItems, type PickItem } from '../pickItems.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { runDescription, runLabel } from '../runWords.ts';
import { hasTrained } from '../selection.ts';
import { isTrusted } from '../trust.ts';
import { askForRun, isCheckpointItem } from './ask.ts';
import { launchRun } from './launchRun.ts';
import { readSourceConfig } from './sourceConfig.ts';

const SEEDS = 2 ** 31;
const MAX_NEW_TOKENS = 256;
const NOW = 'now';

/** The weights as they are in the running trainer, or a checkpoint on disk. */
type Source = typeof NOW | CheckpointOnDisk;

export async function sample(
  parts: Parts,
  argument?: unknown,
  checkpointName?: unknown,
  prompt?: unknown,
  temperature?: unknown,
): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const none = say('Only a run that has trained can be asked.');
  const run = await askForRun(parts, argument, { title: say('Sample'), fits: hasTrained, none });
  if (run === null) return;
  const named = isCheckpointItem(argument) ? argument.checkpoint.name : checkpointName;
  const source = await askForSource(parts, run, named);
  if (source === null) return;
  const tokenizer = await readTokenizerFile(source === NOW ? run.folder : source.folder);
  const whyNot = (text: string): string | null => promptProblem(text, tokenizer, parts.strings);
  const question = await askForQuestion(parts, run, whyNot, prompt, temperature);
  if (question === null) return;
  if (source === NOW) await askRunning(parts, run, question);
  else await askCheckpoint(parts, run, source, question);
}

async function askForSource({ say }: Parts, run: RunWatcher, named: unknown): Promise<Source | null> {
  const checkpoints = await listCheckpoints(run.folder);
  const given = checkpoints.find(({ name }) => name === named);
  if (given !== undefined) return given;
  const canAnswer = run.status === 'running';
  if (named === NOW && canAnswer) return NOW;
  const running: PickItem<Source> = {
    label: `$(pulse) ${say('As it is now')}`,
    description: runDescription(run, say),
    detail: say('The run answers between two steps.'),
    value: NOW,
  };
  const items: PickItem<Source>[] = [...(canAnswer ? [running] : []), ...checkpointItems(checkpoints, say)];
  if (items.length === 0) void window.showInformationMessage(say('{0} has no checkpoint yet.', runLabel(run)));
  if (items.length < 2) return items[0]?.value ?? null;
  return (await window.showQuickPick(items, { title: say('Which model answers?') }))?.value ?? null;
}

async function askForQuestion(
  { say }: Parts,
  run: RunWatcher,
  whyNot: (prompt: string) => string | null,
  prompt: unknown,
  temperature: unknown,
): Promise<Question | null> {
  const example = run.state?.completions[0]?.prompt ?? '';
  const given = typeof prompt === 'string' && whyNot(prompt) === null;
  const typed = given ? prompt : await typePrompt(typeof prompt === 'string' ? prompt : example, whyNot, say);
  if (typed === undefined || typed === '') return null;
  const heat = typeof temperature === 'number' ? temperature : await typeTemperature(say);
  if (heat === undefined) return null;
  return { prompt: typed, temperature: heat, seed: randomInt(SEEDS) };
}

/** The box stays open, and says why, as long as the model could not read what is typed. */
const typePrompt = (
  example: string,
  whyNot: (prompt: string) => string | null,
  say: Parts['say'],
): Thenable<string | undefined> =>
  window.showInputBox({
    title: say('Sample'),
    prompt: say('The prompt, written as the task writes its prompts'),
    placeHolder: example,
    value: example,
    ignoreFocusOut: true,
    validateInput: (text) => (text === '' ? say('Type something to complete.') : whyNot(text)),
  });

async function typeTemperature(say: Parts['say']): Promise<number | undefined> {
  const text = await window.showInputBox({
    title: say('Sample'),
    prompt: say('Temperature: 0 takes the likeliest token each time, 1 draws as the model believes'),
    value: '0.6',
    ignoreFocusOut: true,
    validateInput: (typed) => (isTemperature(typed) ? null : say('A number from 0 to 10.')),
  });
  return text === undefined ? undefined : Number(text);
}

const isTemperature = (text: string): boolean => text.trim() !== '' && Number(text) >= 0 && Number(text) <= 10;

/** The answer streams into the panel; when it is whole it is an event of the run like any other. */
async function askRunning(parts: Parts, run: RunWatcher, question: Question): Promise<void> {
  const panel = parts.panels.show(run);
  let text = '';
  const client = await connect(run.folder, {
    onSampled: (piece, done) => {
      text += piece;
      panel.send({ type: 'streaming', text, done });
      if (done) client.close();
    },
  });
  const source = await readSourceConfig(run);
  const maxNewTokens = samplingOf(source).maxNewTokens ?? MAX_NEW_TOKENS;
  client.send({ type: 'sample', ...question, maxNewTokens });
}

async function askCheckpoint(
  parts: Parts,
  run: RunWatcher,
  checkpoint: CheckpointOnDisk,
  question: Question,
): Promise<void> {
  const { say } = parts;
  const source = await readSourceConfig(run);
  if (source === null) {
    void window.showErrorMessage(say('The config of {0} cannot be read, so its model cannot be asked.', runLabel(run)));
    return;
  }
  const name = nameFor(run.summary.name, checkpoint.step);
  const asked = await launchRun(parts, {
    config: run.summary.configPath,
    configJson: sampleConfig(source, checkpoint.folder, name, question),
    runFolder: newRunFolder(run.root, `sample ${name}`, new Date()),
    title: say('Starting {0}…', name),
    isShown: false,
    isBrief: true,
  });
  if (asked === null) return;
  const title = say('Asking {0}', name);
  await window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, (_, cancelled) =>
    showAnswer(parts, run, asked, cancelled),
  );
}

/** Streams into the panel of the run that was asked while it can be seen; the whole answer opens as a document. */
async function showAnswer(
  parts: Parts,
  run: RunWatcher,
  asked: RunWatcher,
  cancelled: CancellationToken,
): Promise<void> {
  let text = '';
  const streaming = connect(asked.folder, {
    onSampled: (piece, done) => {
      text += piece;
      parts.panels.of(run)?.send({ type: 'streaming', text, done });
    },
  });
  streaming.catch((error: Error) => parts.log.debug(error.message));
  const cancelling = cancelled.onCancellationRequested(() => {
    sendCommand(asked.folder, { type: 'stop', now: true }).catch((error: Error) => parts.log.warn(error.message));
  });
  const following = asked.follow();
  await untilAnswered(asked);
  const completion = asked.state?.completions[0];
  if (completion !== undefined) await showCompletion(parts, asked, completion);
  following.dispose();
  cancelling.dispose();
}

/** Resolves with the first completion, or when the run has ended without one. */
function untilAnswered(asked: RunWatcher): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (asked.isLive && (asked.state?.completions.length ?? 0) === 0) return;
      listening.dispose();
      resolve();
    };
    const listening = asked.onDidChange.add(look);
    look();
  });
}
