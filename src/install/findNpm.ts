/** npm as a script that Node can run: no shell, and no program of the current folder. */
import { realpath } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Runtime } from '../runs/runtime.ts';
import { InstallFailure } from './installFailure.ts';

/** Absolute path of npm-cli.js: that of the runtime itself, else of the npm on the PATH. Throws InstallFailure `noNpm`. */
export async function findNpm({ command, version, isElectron }: Runtime, env: NodeJS.ProcessEnv): Promise<string> {
  if (isElectron) throw new InstallFailure('noNpm', [version]);
  const folder = dirname(await realpath(command));
  const script = join('node_modules', 'npm', 'bin', 'npm-cli.js');
  const onPath = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute);
  const places = [
    join(folder, script),
    join(folder, '..', 'lib', script),
    join(folder, 'npm'),
    ...onPath.flatMap((place) => [join(place, 'npm'), join(place, script)]),
  ];
  for (const place of places) {
    const found = await realpath(place).catch(() => null);
    if (found !== null && basename(found) === 'npm-cli.js') return found;
  }
  throw new InstallFailure('noNpm', [`${version} (${command})`]);
}
