/** A user's own program as grader: one JSON object on its standard input, one on its standard output, a process for each answer. */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { Given } from '../../engine/grading/graders/grader.ts';
import { GRADE_VERDICTS, VERIFIER_VERSION, type GradeRecord, type GradeVerdict } from '../../protocol/grading.ts';

export interface CommandGraderOptions {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Somebody has agreed that programs of this workspace may run. */
  readonly isTrusted: boolean;
  readonly timeoutMs: number;
}

const MOST_OUTPUT = 64_000;

export class CommandGrader {
  private readonly options: CommandGraderOptions;

  /** Throws where nobody has agreed to run the program. */
  constructor(options: CommandGraderOptions) {
    if (!options.isTrusted) throw new Error('A command grades only in a trusted workspace.');
    if (options.argv.length === 0) throw new Error('A command grader needs a program.');
    this.options = options;
  }

  /** Never rejects: a program that fails is a verdict `error`, one that takes too long `timeout`. */
  async grade(given: Given): Promise<GradeRecord> {
    const started = performance.now();
    const told = await this.ask(given);
    const ms = Math.round((performance.now() - started) * 1000) / 1000;
    const { answer = null } = told;
    return {
      verdict: told.verdict,
      answer,
      normalisedAnswer: answer,
      normalisedGold: given.gold.slice(0, 200),
      rule: told.rule,
      ms,
      version: VERIFIER_VERSION,
    };
  }

  private ask(given: Given): Promise<Told> {
    const [program = '', ...args] = this.options.argv;
    return new Promise((resolve) => {
      const child = spawn(program, args, {
        cwd: this.options.cwd,
        stdio: ['pipe', 'pipe', 'ignore'],
        windowsHide: true,
      });
      let output = '';
      const finish = (told: Told): void => {
        clearTimeout(timer);
        child.kill('SIGKILL');
        resolve(told);
      };
      const timer = setTimeout(() => finish({ verdict: 'timeout', rule: 'time' }), this.options.timeoutMs);
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.length > MOST_OUTPUT) finish({ verdict: 'error', rule: `more than ${MOST_OUTPUT} characters` });
      });
      // A program that does not read its input is no failure of ours.
      child.stdin.on('error', () => undefined);
      child.on('error', ({ message }) => finish({ verdict: 'error', rule: message }));
      child.on('close', (code) =>
        finish(code === 0 ? toldIn(output) : { verdict: 'error', rule: `exit code ${code}` }),
      );
      child.stdin.end(`${JSON.stringify(given)}\n`);
    });
  }
}

interface Told {
  readonly verdict: GradeVerdict;
  readonly rule: string;
  readonly answer?: string | null;
}

/** `{"verdict": "correct"}`, with `answer` and `rule` beside it if the program likes. */
function toldIn(output: string): Told {
  const value = parsed(output);
  const { verdict, answer, rule } = typeof value === 'object' && value !== null ? (value as Partial<Told>) : {};
  const known = GRADE_VERDICTS.find((one) => one === verdict);
  if (known === undefined) return { verdict: 'error', rule: `no verdict: ${output.slice(0, 100)}` };
  const told = { verdict: known, rule: typeof rule === 'string' ? rule.slice(0, 200) : 'command' };
  return typeof answer === 'string' ? { ...told, answer: answer.slice(0, 2000) } : told;
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
