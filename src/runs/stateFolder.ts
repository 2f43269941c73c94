/** Where a user's things are kept that live longer than a run: the queue of devices, the GPU engine. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `VALLEY_STATE_DIR`, or where the platform keeps such things. */
export function stateFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
  home = homedir(),
): string {
  if (env['VALLEY_STATE_DIR']) return env['VALLEY_STATE_DIR'];
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'through-the-valley');
  return join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'through-the-valley');
}
