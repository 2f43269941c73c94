/** Installs the GPU engine beside its place, tries it, and only then moves it there: what fails or is cancelled leaves nothing. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Runtime } from '../runs/runtime.ts';
import { runChild, type Ended } from './child.ts';
import { findNpm } from './findNpm.ts';
import { folderBytes } from './folderBytes.ts';
import { GPU_ENGINE, libraryAddress } from './gpuEngine.ts';
import { InstallCancelled, InstallFailure } from './installFailure.ts';
import { checkHost, hostUnreachable } from './libraryHost.ts';
import { buildFailure, registryFailure } from './npmWords.ts';
import { bringLibrary, checkLibrary, removeHeaders } from './ownLibrary.ts';
import { makePlace, moveInto, writable } from './place.ts';
import { tryEngine, type Trial } from './trial.ts';

/** In this order; `building` comes only where the addon is compiled here. */
export type InstallPhase = 'checking' | 'packages' | 'library' | 'building' | 'trying';

export interface Installation {
  /** The Node.js that trains: npm is run by it. */
  readonly runtime: Runtime;
  /** The folder that is to hold node_modules with the engine; replaced if it is there. */
  readonly folder: string;
  /** Folder of a libtensorflow on this machine; null: the install script downloads one. */
  readonly ownLibrary: string | null;
  readonly signal: AbortSignal;
  /** Called at the start of a phase, and while the library is fetched with the bytes that are there. */
  readonly onProgress: (phase: InstallPhase, bytes: number) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** In place of the npm that is found. */
  readonly npm?: string;
  /** A download that does not grow for so long is given up. */
  readonly stallMs?: number;
}

const STALL_MS = 120_000;
const LOOK_MS = 500;
const TRIAL_MS = 120_000;
const SPEC = `${GPU_ENGINE.packageName}@${GPU_ENGINE.version}`;
/** No script of any package runs here: the one that must is called by its name later. */
const FETCH = [
  'install',
  '--ignore-scripts',
  '--save-exact',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
  SPEC,
];

/** What the engine said when it was tried. Throws InstallFailure, or InstallCancelled when the signal came. */
export async function installGpuEngine(installation: Installation): Promise<Trial> {
  const { folder, signal } = installation;
  const place = await writable(folder, () => makePlace(folder));
  try {
    const work = await Work.begin(installation, place);
    await work.fetchPackages();
    await work.fetchLibrary();
    const trial = await work.tryOut();
    if (signal.aborted) throw new InstallCancelled();
    await moveInto(place, folder);
    return trial;
  } finally {
    await rm(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** One installation under way in a folder of its own. */
class Work {
  readonly #installation: Installation;
  readonly #place: string;
  readonly #npm: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #address: URL | null;

  private constructor(installation: Installation, place: string, npm: string) {
    const { runtime, env = process.env } = installation;
    this.#installation = installation;
    this.#place = place;
    this.#npm = npm;
    this.#env = environmentFor(runtime, env);
    this.#address = libraryAddress(process.platform, process.arch, env);
  }

  /** Everything that can be known before anything is fetched. */
  static async begin(installation: Installation, place: string): Promise<Work> {
    const { runtime, ownLibrary, env = process.env, signal, onProgress } = installation;
    onProgress('checking', 0);
    const work = new Work(installation, place, installation.npm ?? (await findNpm(runtime, env)));
    if (ownLibrary !== null) {
      await checkLibrary(ownLibrary);
      return work;
    }
    if (work.#address === null) throw new InstallFailure('unsupported', [`${process.platform} ${process.arch}`]);
    await checkHost(work.#address, env, signal);
    return work;
  }

  async fetchPackages(): Promise<void> {
    this.#installation.onProgress('packages', 0);
    await writeFile(join(this.#place, 'package.json'), '{ "private": true }\n');
    const { code, output } = await this.#call(FETCH, this.#place);
    if (code !== 0) throw registryFailure(output, this.#place);
    await this.#demandKnownPackage();
  }

  async fetchLibrary(): Promise<void> {
    const { ownLibrary, onProgress } = this.#installation;
    onProgress('library', 0);
    if (ownLibrary === null) return this.#download();
    await writable(this.#place, () => bringLibrary(ownLibrary, this.#package));
    onProgress('building', 0);
    const { code, output } = await this.#call(['run', 'build-addon-from-source'], this.#package);
    if (code !== 0) throw buildFailure(output);
    await removeHeaders(this.#package);
  }

  async tryOut(): Promise<Trial> {
    const { runtime, signal, onProgress } = this.#installation;
    onProgress('trying', 0);
    await rm(join(this.#package, 'build'), { recursive: true, force: true });
    const trial = await tryEngine(runtime, this.#package, { env: this.#env, signal, deadlineMs: TRIAL_MS });
    if (typeof trial === 'string') throw new InstallFailure('cannotLoad', [trial]);
    return trial;
  }

  get #package(): string {
    return join(this.#place, 'node_modules', ...GPU_ENGINE.packageName.split('/'));
  }

  /** The scripts of this one package, which downloads libtensorflow and gets or compiles the addon. */
  async #download(): Promise<void> {
    const { onProgress, stallMs = STALL_MS } = this.#installation;
    const stalled = new AbortController();
    const watch = this.#watch(stallMs, () => stalled.abort());
    const signal = AbortSignal.any([this.#installation.signal, stalled.signal]);
    const onLine = (line: string): void => {
      if (!/Building TensorFlow/.test(line)) return;
      watch.end();
      onProgress('building', 0);
    };
    try {
      const rebuild = ['rebuild', '--foreground-scripts', GPU_ENGINE.packageName];
      const { code, output } = await this.#call(rebuild, this.#place, { signal, onLine });
      if (code !== 0) throw this.#downloadFailure(output);
    } catch (error) {
      const isOurs = error instanceof InstallCancelled && !this.#installation.signal.aborted;
      throw isOurs ? this.#hostFailure(`nothing arrived for ${stallMs / 1000} s`) : error;
    } finally {
      watch.end();
    }
  }

  /** Tells how much is there, and notices when it no longer grows. */
  #watch(stallMs: number, onStall: () => void): { readonly end: () => void } {
    let [bytes, grewAt] = [-1, Date.now()];
    const look = async (): Promise<void> => {
      const now = await folderBytes(join(this.#package, 'deps'));
      if (now !== bytes) grewAt = Date.now();
      bytes = now;
      if (!isOver) this.#installation.onProgress('library', now);
      if (Date.now() - grewAt > stallMs) onStall();
    };
    let isOver = false;
    const timer = setInterval(() => void look(), Math.min(LOOK_MS, stallMs));
    return {
      end: () => {
        isOver = true;
        clearInterval(timer);
      },
    };
  }

  /** Before any of its scripts runs: name, version and content must be those that the person has agreed to. */
  async #demandKnownPackage(): Promise<void> {
    const { packageName, version, integrity } = GPU_ENGINE;
    const lock = JSON.parse(await readFile(join(this.#place, 'package-lock.json'), 'utf8')) as {
      readonly packages?: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
    };
    const entry = lock.packages?.[`node_modules/${packageName}`];
    if (entry?.version !== version || entry.integrity !== integrity)
      throw new InstallFailure('anotherPackage', [SPEC, integrity.slice(0, 20)]);
  }

  #downloadFailure(output: string): InstallFailure {
    const why = /(?:getaddrinfo|connect) E[A-Z]+|E(?:CONNRESET|CONNREFUSED|TIMEDOUT|PROTO|AI_AGAIN)\b.*|TAR_\w+.*/.exec(
      output,
    );
    const isBuild = /Building TensorFlow/.test(output);
    return why && !isBuild ? this.#hostFailure(why[0]) : buildFailure(output);
  }

  #hostFailure(why: string): InstallFailure {
    return hostUnreachable(this.#address ?? new URL('https://storage.googleapis.com/libtensorflow'), why);
  }

  #call(
    args: readonly string[],
    cwd: string,
    { signal = this.#installation.signal, onLine = () => undefined }: Partial<Listening> = {},
  ): Promise<Ended> {
    const { command } = this.#installation.runtime;
    return runChild(command, [this.#npm, ...args], { cwd, env: this.#env, signal, onLine });
  }
}

interface Listening {
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** npm's scripts call `node` by its name; headers of Node.js that lie beside it need not be downloaded. */
function environmentFor({ command }: Runtime, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isForeign = (name: string): boolean => /^(npm_(?!config_)|INIT_CWD$|NODE_OPTIONS$|PATH$)/i.test(name);
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !isForeign(name)));
  const home = join(dirname(command), '..');
  const headers = existsSync(join(home, 'include', 'node', 'node_api.h')) ? { npm_config_nodedir: home } : {};
  return { ...headers, ...inherited, PATH: [dirname(command), env['PATH'] ?? env['Path'] ?? ''].join(delimiter) };
}
