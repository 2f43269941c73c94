/** What is offered to a person for each kind of failure. */
import type { RunError, RunErrorCode } from '../protocol/events.ts';
import { displayLine } from '../protocol/displayText.ts';
import { errorText } from '../protocol/errorText.ts';
import { saidIn } from '../protocol/sentence.ts';
import type { Say } from './say.ts';

export type ErrorAction = 'continue' | 'openConfig' | 'openLog' | 'doctor' | 'openSettings' | 'revealFolder';

/** Actions by code, the likeliest first. */
export function errorActions(code: RunErrorCode): readonly ErrorAction[] {
  switch (code) {
    case 'badConfig':
    case 'badDataset':
      return ['openConfig', 'openLog'];
    case 'badCheckpoint':
      return ['revealFolder', 'openLog'];
    case 'runFolderBusy':
      return ['revealFolder'];
    case 'deviceBusy':
      return ['openSettings'];
    case 'noDevice':
      return ['doctor', 'openConfig'];
    case 'deviceLost':
      return ['continue', 'doctor'];
    case 'outOfMemory':
      return ['openConfig', 'continue'];
    case 'diskFull':
    case 'runFolderLost':
      return ['continue', 'revealFolder'];
    case 'diverged':
      return ['openConfig', 'openLog'];
    case 'internal':
      return ['openLog', 'continue'];
    default:
      return code satisfies never;
  }
}

/** What happened, and what to do about it, in one line. */
export function errorSentence(error: RunError, say: Say): string {
  const { title, remedy } = errorText(error.code);
  const message = displayLine(saidIn(say, error.message, error.said), 300);
  const advice =
    error.remedy === undefined ? say(remedy) : displayLine(saidIn(say, error.remedy, error.remedySaid), 300);
  return `${say(title)}: ${message}${/[.!?。]$/.test(message) ? '' : '.'} ${advice}`;
}

export function actionTitle(action: ErrorAction, say: Say): string {
  switch (action) {
    case 'continue':
      return say('Continue…');
    case 'openConfig':
      return say('Open Config');
    case 'openLog':
      return say('Open Log');
    case 'doctor':
      return say('Doctor');
    case 'openSettings':
      return say('Open Settings');
    case 'revealFolder':
      return say('Reveal Run Folder');
    default:
      return action satisfies never;
  }
}
