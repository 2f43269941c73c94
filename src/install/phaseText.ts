/** What is said while the engine is installed, in the words of the editor and of the terminal. */
import { translate, type Strings } from '../protocol/translate.ts';
import type { InstallPhase } from './installGpuEngine.ts';

/** `megabytes` of libtensorflow that are there by now. */
export function phaseText(phase: InstallPhase, megabytes: number, strings: Strings): string {
  switch (phase) {
    case 'checking':
      return translate(strings, 'Looking for npm and the host of libtensorflow');
    case 'packages':
      return translate(strings, 'Fetching packages from the npm registry');
    case 'library':
      return megabytes < 1
        ? translate(strings, 'Fetching libtensorflow')
        : translate(strings, 'Fetching libtensorflow: {0} MB so far', megabytes);
    case 'building':
      return translate(strings, 'Getting or compiling the addon');
    case 'trying':
      return translate(strings, 'Trying the engine');
    default:
      return phase satisfies never;
  }
}
