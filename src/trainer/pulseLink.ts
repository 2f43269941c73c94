/** The step thread's end of the pulse: starts the thread, shows signs of life, takes what people asked without waiting. */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { RunCommand } from '../protocol/events.ts';
import { PulseCounters, type FromPulse, type PulseData, type ToPulse } from './pulseMessages.ts';
import type { Sentence } from '../protocol/sentence.ts';

export interface PulseOptions extends Pick<PulseData, 'runFolder' | 'runId' | 'instanceId' | 'token'> {
  /** The bundled pulse.ts. */
  readonly script: URL;
  readonly onCommand: (command: RunCommand) => void;
  /** The run folder is gone or another trainer's. */
  readonly onLost: (why: Sentence) => void;
  /** The pulse thread itself failed: the run goes on without heartbeat and control. */
  readonly onBroken: (why: string) => void;
}

const CLOSE_MS = 1000;

export class PulseLink {
  /** Address of the control socket; empty where none could be opened, for the reason in `problem`. */
  socketPath = '';
  problem = '';

  readonly #options: PulseOptions;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #counters: PulseCounters;
  readonly #ended: Promise<void>;
  #onListening = (): void => undefined;

  private constructor(options: PulseOptions) {
    const { runFolder, runId, instanceId, token, script } = options;
    const { port1, port2 } = new MessageChannel();
    const memory = new SharedArrayBuffer(PulseCounters.BYTES);
    const workerData: PulseData = { runFolder, runId, instanceId, token, port: port2, memory };
    this.#options = options;
    this.#port = port1;
    this.#counters = new PulseCounters(memory);
    this.#counters.lastProgress = Date.now();
    this.#worker = new Worker(script, { workerData, transferList: [port2], stdin: false });
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('error', (error) => this.#break(error.message));
    port1.on('message', (message: FromPulse) => this.#hear(message));
  }

  /** Resolves once the first heartbeat is written and the socket listens, or is known not to. */
  static async start(options: PulseOptions): Promise<PulseLink> {
    const link = new PulseLink(options);
    await new Promise<void>((resolve) => (link.#onListening = resolve));
    return link;
  }

  /** A sign of life of the step thread. */
  beat(step: number): void {
    this.#counters.step = step;
    this.#counters.lastProgress = Date.now();
  }

  /** Takes in, right now and without waiting, what the other thread has said. */
  poll(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      this.#hear(next.message as FromPulse);
    }
  }

  leased(): void {
    this.#say({ type: 'leased' });
  }
  woke(): void {
    this.#say({ type: 'woke' });
  }
  sampled(text: string, done: boolean): void {
    this.#say({ type: 'sampled', text, done });
  }

  /** Last heartbeat, socket closed, thread ended; a thread that hangs is ended the hard way. */
  async close(): Promise<void> {
    this.#say({ type: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS);
    await this.#ended;
    clearTimeout(timer);
    this.#port.close();
  }

  #say(message: ToPulse): void {
    this.#port.postMessage(message);
  }

  #hear(message: FromPulse): void {
    switch (message.type) {
      case 'listening':
        this.socketPath = message.socketPath;
        this.problem = message.problem;
        this.#onListening();
        break;
      case 'command':
        this.#counters.taken++;
        this.#options.onCommand(message.command);
        break;
      case 'lost':
        this.#options.onLost(message.why);
        break;
      default:
        message satisfies never;
    }
  }

  #break(why: string): void {
    this.problem = why;
    this.#onListening();
    this.#options.onBroken(why);
  }
}
