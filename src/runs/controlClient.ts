/** The observer's end of the private socket: proves who it is, checks who answers, sends commands, hears wake-ups. */
import { readFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { CONTROL_LINE_LIMIT, type FromTrainer, type ToTrainer } from '../protocol/control.ts';
import { PROTOCOL_VERSION, type RunCommand } from '../protocol/events.ts';
import { RUN_FOLDER, type Lease } from '../protocol/runFolder.ts';
import { LineCutter } from './controlSocket.ts';
import { readLease } from './facts.ts';

const WELCOME_MS = 5000;

export interface ControlHandlers {
  /** Something was appended to events.jsonl. */
  readonly onWoke?: () => void;
  /** The next piece of an interactive sample. */
  readonly onSampled?: (text: string, done: boolean) => void;
  readonly onClosed?: () => void;
}

/** Nobody answers, or not the one who should. The message is a sentence for people. */
export class ControlError extends Error {}

export class ControlClient {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Commands get no reply; they cause events. Lost without a word if the trainer is gone by now. */
  send(command: RunCommand): void {
    if (this.isOpen) this.#socket.write(lineOf({ type: 'command', command }));
  }

  close(): void {
    this.#socket.end();
  }
}

/** Connects to the trainer that works in a run folder. Rejects with `ControlError` within five seconds. */
export async function connect(runFolder: string, handlers: ControlHandlers = {}): Promise<ControlClient> {
  const lease = await readLease(runFolder);
  if (lease === null)
    throw new ControlError(`${runFolder} has no readable ${RUN_FOLDER.lease}: no trainer works there.`);
  const token = await readFile(join(runFolder, RUN_FOLDER.token), 'utf8').catch(() => null);
  if (token === null) throw new ControlError(`${RUN_FOLDER.token} in ${runFolder} cannot be read by this user.`);
  return open(lease, token.trim(), handlers);
}

/** Sends one command and leaves. */
export async function sendCommand(runFolder: string, command: RunCommand): Promise<void> {
  let onClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => (onClosed = resolve));
  const client = await connect(runFolder, { onClosed: () => onClosed() });
  client.send(command);
  client.close();
  await closed;
}

function open(lease: Lease, token: string, handlers: ControlHandlers): Promise<ControlClient> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(lease.socketPath);
    const lines = new LineCutter();
    let isWelcome = false;
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new ControlError(`The trainer of run ${lease.runId} cannot be reached: ${reason}.`));
    };
    const timer = setTimeout(() => fail(`no answer within ${WELCOME_MS / 1000} s`), WELCOME_MS);
    const hear = (message: FromTrainer): void => {
      if (isWelcome) return dispatch(message, handlers);
      if (message.type !== 'welcome' || message.instanceId !== lease.instanceId) return fail('another program answers');
      isWelcome = true;
      clearTimeout(timer);
      resolve(new ControlClient(socket));
    };
    socket.on('connect', () => socket.write(lineOf({ type: 'hello', token, protocol: PROTOCOL_VERSION })));
    socket.on('data', (chunk) => {
      const messages = lines.cut(chunk, CONTROL_LINE_LIMIT)?.map(parseMessage) ?? ['garbage' as const];
      for (const message of messages) {
        if (message === 'garbage') fail('it does not speak our language');
        else if (message !== 'unknown') hear(message);
      }
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => {
      clearTimeout(timer);
      if (isWelcome) handlers.onClosed?.();
      else fail('it closed the connection');
    });
  });
}

const lineOf = (message: ToTrainer): string => `${JSON.stringify(message)}\n`;

function dispatch(message: FromTrainer, handlers: ControlHandlers): void {
  switch (message.type) {
    case 'woke':
      return handlers.onWoke?.();
    case 'sampled':
      return handlers.onSampled?.(message.text, message.done);
    case 'welcome':
      return;
    default:
      message satisfies never;
  }
}

/** `unknown` is a message of a newer trainer, which is passed over; `garbage` is no message at all. */
function parseMessage(line: string): FromTrainer | 'unknown' | 'garbage' {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'garbage';
  }
  if (typeof value !== 'object' || value === null) return 'garbage';
  const { type, runId, instanceId, text, done } = value as Record<string, unknown>;
  if (type === 'woke') return { type };
  if (type === 'welcome' && typeof runId === 'string' && typeof instanceId === 'string')
    return { type, runId, instanceId };
  if (type === 'sampled' && typeof text === 'string' && typeof done === 'boolean') return { type, text, done };
  return 'unknown';
}
