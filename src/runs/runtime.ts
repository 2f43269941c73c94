/** Which JavaScript runtime runs the trainer: the one a setting names, a Node on the PATH, or the editor's own. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import type { RuntimeIdentity } from '../protocol/events.ts';

export interface Runtime {
  /** Absolute path of the program. */
  readonly command: string;
  /** `node 20.20.2` or `electron 39.2.3 (node 22.21.1)`. */
  readonly version: string;
  /** Runs JavaScript only with ELECTRON_RUN_AS_NODE set. */
  readonly isElectron: boolean;
  readonly foundBy: RuntimeIdentity['foundBy'];
}

export interface RuntimeWish {
  /** A person's setting; empty or left out for none. */
  readonly setting?: string | undefined;
  /** `process.execPath` of the extension host. */
  readonly editorExecPath?: string | undefined;
  /** In place of the environment's PATH. */
  readonly path?: string | undefined;
}

/** The message is a sentence for people that names the remedy. */
export class RuntimeNotFound extends Error {}

const OLDEST_NODE = 20;
const PROBE = 'process.stdout.write(JSON.stringify(process.versions))';
const run = promisify(execFile);

/** Setting before PATH before editor. A setting that does not work is an error: it is never passed over in silence. */
export async function findRuntime(wish: RuntimeWish): Promise<Runtime> {
  if (wish.setting) return fromSetting(wish.setting);
  for (const command of onPath(wish.path ?? process.env['PATH'] ?? '')) {
    const found = (await isExecutable(command)) ? await probe(command, 'path') : null;
    if (found !== null) return found;
  }
  const own = wish.editorExecPath ? await probe(wish.editorExecPath, 'editor') : null;
  if (own !== null) return own;
  throw new RuntimeNotFound(
    `No Node.js ${OLDEST_NODE} or newer was found on the PATH, and the editor's own runtime cannot be used. Install Node.js, or name one in the settings.`,
  );
}

/** The runtime of this very process: what the command line uses. */
export function ownRuntime(): Runtime {
  const { versions } = process;
  return { command: process.execPath, version: describe(versions), isElectron: 'electron' in versions, foundBy: 'cli' };
}

/** `node 20.20.2` or `electron 39.2.3 (node 22.21.1)`. */
export function describe(versions: { readonly node?: string; readonly electron?: string }): string {
  const node = `node ${versions.node ?? 'of an unknown version'}`;
  return versions.electron === undefined ? node : `electron ${versions.electron} (${node})`;
}

async function fromSetting(command: string): Promise<Runtime> {
  if (!isAbsolute(command)) {
    throw new RuntimeNotFound(`The setting for the Node.js program is "${command}"; it must be an absolute path.`);
  }
  const found = await probe(command, 'setting');
  if (found !== null) return found;
  throw new RuntimeNotFound(
    `The setting names "${command}", which does not run as Node.js ${OLDEST_NODE} or newer. Correct the setting or clear it.`,
  );
}

/** Relative entries are left out: a program in the current folder is never run. */
function onPath(path: string): string[] {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name));
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

async function probe(command: string, foundBy: Runtime['foundBy']): Promise<Runtime | null> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' };
  try {
    const { stdout } = await run(command, ['-e', PROBE], { env, timeout: 10_000, windowsHide: true });
    const versions = JSON.parse(stdout) as { node?: string; electron?: string };
    const major = Number.parseInt(versions.node ?? '0', 10);
    if (!(major >= OLDEST_NODE)) return null;
    return { command, version: describe(versions), isElectron: versions.electron !== undefined, foundBy };
  } catch {
    return null;
  }
}
