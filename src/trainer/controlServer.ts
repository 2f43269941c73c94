/** The trainer's end of the private socket: lets in who knows the secret, hears commands, wakes listeners; nobody slow or rude can hurt it. */
import { chmodSync, existsSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { CONTROL_LINE_LIMIT, type FromTrainer } from '../protocol/control.ts';
import { PROTOCOL_VERSION, type RunCommand } from '../protocol/events.ts';
import { isPrivateFolder, LineCutter, secretsMatch, socketCandidates, socketPrefix } from '../runs/controlSocket.ts';
import { parseCommand } from './commands.ts';

/** Before it has shown the secret, a client may say only this much, for only so long. */
const HELLO_LIMIT = 1024;
const HELLO_MS = 5000;
const CLIENTS = 64;
/** Text of a sample kept for a client that reads slowly; with more it is told nothing any longer. */
const OWED_TEXT = 1 << 20;

export interface ControlServerOptions {
  readonly runFolder: string;
  readonly runId: string;
  readonly instanceId: string;
  readonly token: string;
  /** False if so many commands wait that the client must be cut off. */
  readonly onCommand: (command: RunCommand) => boolean;
}

export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #clients = new Set<Client>();
  readonly #server: Server;

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#greet(socket));
    this.#server.maxConnections = CLIENTS;
  }

  /** Listens at the first address that works and gives it. Throws where none does, with every reason. */
  async listen(): Promise<string> {
    const { runFolder } = this.#options;
    const problems: string[] = [];
    for (const path of socketCandidates(runFolder)) {
      const problem = await this.#tryListen(path);
      if (problem === null) return path;
      problems.push(`${path}: ${problem}`);
    }
    throw new Error(problems.join('; ') || 'every path would be longer than a socket address may be');
  }

  woke(): void {
    for (const client of this.#clients) client.wake();
  }

  sampled(text: string, done: boolean): void {
    for (const client of this.#clients) client.sampled(text, done);
  }

  close(): void {
    for (const client of this.#clients) client.end();
    this.#server.close();
  }

  async #tryListen(path: string): Promise<string | null> {
    if (process.platform === 'win32') return this.#bind(path);
    const folder = dirname(path);
    const isOurs = folder === this.#options.runFolder ? isClosedToOthers(folder) : isPrivateFolder(folder);
    if (!isOurs) return 'its folder is open to other users';
    clearLeftovers(folder, socketPrefix(this.#options.runFolder));
    const problem = await this.#bind(path);
    if (problem !== null) return problem;
    if (!existsSync(path)) return 'the system shortened the path';
    chmodSync(path, 0o600);
    return null;
  }

  #bind(path: string): Promise<string | null> {
    return new Promise((resolve) => {
      const onError = (error: Error): void => resolve(error.message);
      this.#server.once('error', onError);
      this.#server.listen(path, () => {
        this.#server.off('error', onError);
        // Accepting may fail later (too many open files): that client is lost, nothing else.
        this.#server.on('error', () => undefined);
        resolve(null);
      });
    });
  }

  #greet(socket: Socket): void {
    const client = new Client(socket, this.#options, () => this.#clients.delete(client));
    this.#clients.add(client);
  }
}

/** One connection: silent until its first line has shown the secret. */
class Client {
  readonly #socket: Socket;
  readonly #options: ControlServerOptions;
  readonly #lines = new LineCutter();
  readonly #helloTimer: NodeJS.Timeout;
  #isKnown = false;
  #isBlocked = false;
  #owesWake = false;
  #owedText = '';
  #owesDone = false;

  constructor(socket: Socket, options: ControlServerOptions, onGone: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#helloTimer = setTimeout(() => socket.destroy(), HELLO_MS);
    socket.on('data', (chunk) => this.#hear(chunk));
    socket.on('drain', () => this.#flush());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(this.#helloTimer);
      onGone();
    });
  }

  wake(): void {
    this.#owesWake = true;
    this.#flushIfOpen();
  }

  sampled(text: string, done: boolean): void {
    if (!this.#isKnown || !this.#socket.writable) return;
    this.#owedText += text;
    this.#owesDone ||= done;
    if (this.#owedText.length > OWED_TEXT) this.#leaveBehind();
    else this.#flushIfOpen();
  }

  /** Says no more; what the client has still to say is heard, as its command may be on the way. */
  #leaveBehind(): void {
    this.#owedText = '';
    this.#socket.end();
  }

  end(): void {
    if (this.#isKnown) this.#socket.end();
    else this.#socket.destroy();
  }

  #hear(chunk: Buffer): void {
    const lines = this.#lines.cut(chunk, this.#isKnown ? CONTROL_LINE_LIMIT : HELLO_LIMIT);
    if (lines === null) this.#socket.destroy();
    else for (const line of lines) if (!this.#socket.destroyed && !this.#obey(parseJson(line))) this.#socket.destroy();
  }

  /** False for anything that is not the right thing to say now. */
  #obey(message: Record<string, unknown> | null): boolean {
    if (message === null) return false;
    if (!this.#isKnown) return this.#letIn(message);
    const command = message['type'] === 'command' ? parseCommand(message['command']) : null;
    return command !== null && this.#options.onCommand(command);
  }

  #letIn({ type, token, protocol }: Record<string, unknown>): boolean {
    if (type !== 'hello' || protocol !== PROTOCOL_VERSION || typeof token !== 'string') return false;
    if (!secretsMatch(token, this.#options.token)) return false;
    this.#isKnown = true;
    clearTimeout(this.#helloTimer);
    const { runId, instanceId } = this.#options;
    this.#write({ type: 'welcome', runId, instanceId });
    return true;
  }

  #flushIfOpen(): void {
    if (this.#isKnown && !this.#isBlocked) this.#flush();
  }

  /** Sends what is owed, joined into at most two lines. */
  #flush(): void {
    this.#isBlocked = false;
    if (this.#owedText !== '' || this.#owesDone) {
      const message: FromTrainer = { type: 'sampled', text: this.#owedText, done: this.#owesDone };
      this.#owedText = '';
      this.#owesDone = false;
      this.#write(message);
    }
    if (this.#owesWake && !this.#isBlocked) {
      this.#owesWake = false;
      this.#write({ type: 'woke' });
    }
  }

  #write(message: FromTrainer): void {
    if (!this.#socket.writable) return;
    this.#isBlocked = !this.#socket.write(`${JSON.stringify(message)}\n`);
  }
}

function parseJson(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

const isClosedToOthers = (folder: string): boolean => (statSync(folder).mode & 0o077) === 0;

/** Sockets of dead trainers of the same run folder, whose lock we hold. */
function clearLeftovers(folder: string, prefix: string): void {
  for (const name of readdirSync(folder)) {
    if (basename(name).startsWith(prefix) && name.endsWith('.sock')) unlinkSync(join(folder, name));
  }
}
