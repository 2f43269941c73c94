/** A chat template in a process of its own, killed where it takes too long or too much: templates are programs that come with a model. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { ChatTemplate, Rendered, RenderRequest } from '../../engine/chat/chatTemplate.ts';
import { byteLines } from '../../runs/byteLines.ts';
import {
  type TemplateFailure,
  templateDied,
  templateTooLarge,
  templateTooSlow,
  templateUnreadable,
  textTooLong,
} from './templateFailure.ts';
import type { FromTemplate, TemplateOrder, ToTemplate } from './templateMessages.ts';

export interface TemplateLimits {
  /** Until the process runs: grows with the load of the machine, not with the template. */
  readonly startMs: number;
  /** For reading the template, and for each conversation. */
  readonly renderMs: number;
  /** Of JavaScript objects; V8 may go over it by as much again before it gives up. */
  readonly memoryMB: number;
  /** Characters of one rendered conversation, and of the template. */
  readonly longestText: number;
  readonly longestTemplate: number;
}

export const TEMPLATE_LIMITS: TemplateLimits = {
  startMs: 15_000,
  renderMs: 1_000,
  memoryMB: 64,
  longestText: 8_000_000,
  longestTemplate: 500_000,
};

export interface TemplateOptions {
  /** The bundled main.ts of this folder. */
  readonly script: string;
  readonly template: string;
  /** Where the template stands, for messages. */
  readonly file: string;
  readonly specialTokens: Readonly<Record<string, string>>;
  readonly limits?: TemplateLimits;
}

/** Requests on their way at once: enough to keep both processes busy, few enough for pipes and memory. */
const AHEAD = 64;
/** All that a template's process sees of our environment. */
const INHERITED = ['SystemRoot', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];
const KEPT_WORDS = 2_000;

/** One process, started at once and again after a failure is over. Whoever opened it closes it. */
export class TemplateProcess implements ChatTemplate {
  readonly literals: string;
  /** The template as it is written. */
  readonly source: string;
  /** Of the process. */
  readonly pid: number;
  private readonly child: Child;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(child: Child, literals: string, source: string) {
    this.child = child;
    this.literals = literals;
    this.source = source;
    this.pid = child.pid;
  }

  /** Resolves when the template is read. Rejects with `TemplateFailure`. */
  static async open(options: TemplateOptions): Promise<TemplateProcess> {
    const { template, specialTokens, file, limits = TEMPLATE_LIMITS } = options;
    if (template.length > limits.longestTemplate) throw templateTooLarge(file, template.length, limits.longestTemplate);
    const child = new Child(options.script, file, limits);
    const { longestText } = limits;
    child.send({ template, specialTokens, longestText });
    const answer = await child.next(limits.startMs + limits.renderMs);
    if (answer.type === 'ready') return new TemplateProcess(child, answer.literals, template);
    throw child.end(templateUnreadable(file, answer.type === 'unreadable' ? answer.why : answer.type));
  }

  /** One caller after the other. After a rejection the process is gone, and every further call rejects alike. */
  render(requests: readonly RenderRequest[]): Promise<readonly Rendered[]> {
    const mine = this.turn.then(() => this.renderNow(requests));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  close(): void {
    this.child.close();
  }

  private async renderNow(requests: readonly RenderRequest[]): Promise<readonly Rendered[]> {
    const { child } = this;
    const rendered: Rendered[] = [];
    let sent = 0;
    while (rendered.length < requests.length) {
      for (; sent < Math.min(requests.length, rendered.length + AHEAD); sent++) child.send(at(requests, sent));
      const answer = await child.next(child.limits.renderMs);
      if (answer.type === 'tooLong') throw child.end(textTooLong(child.file, answer.characters, child.limits));
      if (answer.type !== 'rendered') throw new Error(`The process of a template said ${answer.type} to a request.`);
      rendered.push(answer.rendered);
    }
    return rendered;
  }
}

/** Lines to a process and from it, each answer within its time. */
class Child {
  readonly file: string;
  readonly limits: TemplateLimits;
  readonly pid: number;
  private readonly process: ChildProcess;
  private readonly answers: FromTemplate[] = [];
  /** The first of them: V8 prints its reason, then a page of addresses. */
  private lastWords = '';
  private failure: TemplateFailure | null = null;
  private wake: () => void = () => undefined;
  private readonly killer = (): void => void this.process.kill('SIGKILL');

  constructor(script: string, file: string, limits: TemplateLimits) {
    this.file = file;
    this.limits = limits;
    const inherited = Object.entries(process.env).filter(([name]) => INHERITED.includes(name));
    const memory = [`--max-old-space-size=${limits.memoryMB}`, '--max-semi-space-size=8'];
    this.process = spawn(process.execPath, [...memory, script, String(process.pid)], {
      env: { ...Object.fromEntries(inherited), ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.pid = this.process.pid ?? 0;
    process.once('exit', this.killer);
    this.listen();
  }

  send(message: TemplateOrder | ToTemplate): void {
    this.process.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** The next answer. Rejects with `TemplateFailure` when it does not come in time, or never will. */
  async next(withinMs: number): Promise<FromTemplate> {
    const timer = setTimeout(() => this.end(templateTooSlow(this.file, this.limits)), withinMs);
    try {
      for (;;) {
        const answer = this.answers.shift();
        if (answer) return answer;
        if (this.failure) throw this.failure;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process for a reason, and gives the first one there was. */
  end(failure: TemplateFailure): TemplateFailure {
    this.failure ??= failure;
    this.close();
    this.wake();
    return this.failure;
  }

  close(): void {
    process.off('exit', this.killer);
    this.process.kill('SIGKILL');
  }

  private listen(): void {
    const { stdin, stdout, stderr } = this.process;
    if (!stdin || !stdout || !stderr) throw new Error('The process of a template has no pipes.');
    // What is written to a process that is gone is lost; its end is told by `close`.
    stdin.on('error', () => undefined);
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.lastWords = (this.lastWords + text).slice(0, KEPT_WORDS);
    });
    const over = (words: string): void => void this.end(templateDied(this.file, words, this.limits));
    this.hear(stdout).catch((error: unknown) => over(String(error)));
    this.process.on('error', (error) => over(error.message));
    this.process.on('close', () => over(causeIn(this.lastWords)));
  }

  private async hear(stdout: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const line of byteLines(stdout)) {
      if (line === null) throw new Error('An answer is too long.');
      this.answers.push(JSON.parse(line) as FromTemplate);
      this.wake();
    }
  }
}

const causeIn = (words: string): string =>
  /^.*(?:FATAL ERROR|Fatal JavaScript|Error).*$/m.exec(words)?.[0] ?? words.trim();

function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error(`There is no request ${place}.`);
  return found;
}
