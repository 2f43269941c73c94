/** One workbench with a copy of the fixture workspace, opened in Chromium for a story, and closed without leftovers. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { vi } from 'vitest';
import { ROOT, mustRun } from '../../scripts/shell.mjs';
import { workbench } from '../../scripts/workbench.mjs';
import {
  installCheckout,
  QUIET_SETTINGS,
  startServer,
  workbenchAddress,
  type WorkbenchServer,
} from '../../scripts/workbenchServer.mjs';
import { openChromium, waitForWorkbench } from './browser.mjs';

interface SessionOptions {
  /** Copied into the workspace; the fixture if left out. */
  readonly workspace?: string;
  /** File of the workspace that is open at the start. */
  readonly open?: string;
  /** Whether the folder is trusted from the start. */
  readonly trust?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A packed extension instead of this checkout. */
  readonly vsix?: string;
  readonly size?: { readonly width: number; readonly height: number };
}

/** No story fetches a GPU engine: its hosts are a port where nobody listens. */
const NOTHING_TO_FETCH = {
  TFJS_NODE_BASE_URI: 'http://127.0.0.1:9/libtensorflow-',
  npm_config_registry: 'http://127.0.0.1:9/',
};

export class Session {
  readonly page: Page;
  readonly folder: string;
  /** What the page said that nobody should have to read: errors of ours and violations of the content security policy. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #server: WorkbenchServer;
  readonly #home: string;

  private constructor(page: Page, browser: Browser, server: WorkbenchServer, home: string, folder: string) {
    this.page = page;
    this.folder = folder;
    this.#browser = browser;
    this.#server = server;
    this.#home = home;
    page.on('console', (message) => {
      const isOurs = /panel\.js|through-the-valley|Content Security Policy/.test(
        `${message.text()} ${message.location().url}`,
      );
      if (message.type() === 'error' && isOurs) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(options: SessionOptions = {}): Promise<Session> {
    const home = mkdtempSync(join(tmpdir(), 'valley-story-'));
    const folder = join(home, 'workspace');
    cpSync(options.workspace ?? join(import.meta.dirname, 'fixture'), folder, { recursive: true });
    if (options.vsix) await install(options.vsix, home);
    else installCheckout(home);
    const settings = { ...QUIET_SETTINGS, ...options.settings };
    // A queue for devices of its own: a run that trains elsewhere on this machine must not hold the story up.
    const env = { VALLEY_STATE_DIR: join(home, 'state'), ...NOTHING_TO_FETCH };
    const server = await startServer({ home, settings, env, trust: options.trust ?? true });
    const browser = await openChromium();
    const page = await browser.newPage({ viewport: options.size ?? { width: 1280, height: 800 } });
    page.setDefaultTimeout(120_000);
    const session = new Session(page, browser, server, home, folder);
    await page.goto(workbenchAddress(server.port, { folder }));
    await waitForWorkbench(page);
    if (options.open) await server.openFile(join(folder, options.open));
    return session;
  }

  /** Folders of the runs in the workspace that a trainer has taken, oldest first: beside them lies the log of one on its way. */
  runFolders(): string[] {
    const runs = join(this.folder, '.valley', 'runs');
    const folders = existsSync(runs) ? readdirSync(runs).sort() : [];
    return folders.map((name) => join(runs, name)).filter((folder) => existsSync(join(folder, 'run.json')));
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(ROOT, 'test-results', `${name}.png`) });
  }

  /** Ends trainers that a story has left, then everything else. */
  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    for (const folder of this.runFolders()) await endTrainer(folder);
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The process that works, or worked last, in a run folder. */
export function trainerPid(runFolder: string): number {
  return (JSON.parse(readFileSync(join(runFolder, 'run.json'), 'utf8')) as { pid: number }).pid;
}

/** A process that has ended counts as gone even before its parent has taken note. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ESRCH', 'ENOENT'].includes(String(error.code))) return false;
    throw error;
  }
}

async function endTrainer(folder: string): Promise<void> {
  const pid = trainerPid(folder);
  if (!existsSync(join(folder, 'exit.json')) && isAlive(pid)) process.kill(pid, 'SIGKILL');
  await vi.waitUntil(() => !isAlive(pid), { timeout: 60_000 });
}

/** Puts a VSIX where the workbench of this home finds it, as a person would by the command line. */
async function install(vsix: string, home: string): Promise<void> {
  const { node, server } = await workbench();
  const folders = ['--extensions-dir', join(home, 'extensions'), '--server-data-dir', home];
  await mustRun(
    'Installing the VSIX',
    node,
    [server, '--install-extension', vsix, ...folders, '--accept-server-license-terms'],
    { quiet: true },
  );
}
