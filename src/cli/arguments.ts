/** What may stand on the command line: one table for parsing, help and errors. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearest } from '../config/nearest.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { BadInput } from './console.ts';

export type CommandName = keyof typeof COMMANDS;
type OptionName = keyof typeof OPTIONS;

interface Option {
  readonly type: 'string' | 'boolean';
  readonly value?: string;
  /** English; the key of its translation. */
  readonly help: string;
}

export const OPTIONS = {
  out: {
    type: 'string',
    value: 'PATH',
    help: 'The run folder to make, a dated one under .valley/runs if left out; of grade: the file for the verdicts; of suggest: the config to write.',
  },
  'on-busy': { type: 'string', value: 'queue|refuse', help: 'What to do when another run holds the device (queue).' },
  again: {
    type: 'string',
    value: 'NAMES',
    help: 'Of a ladder: trainings to do again, such as sft-512-seed-1, with commas between them.',
  },
  json: { type: 'boolean', help: 'One JSON object per line; the last one is the summary.' },
  in: { type: 'string', value: 'FILE', help: 'Rows with "gold" and "prediction": JSONL, JSON or Parquet.' },
  grader: {
    type: 'string',
    value: 'math|arithmetic|exact|choice|json|regex|command',
    help: 'How answers are compared (math).',
  },
  strict: { type: 'boolean', help: 'As a reward: only one marked final answer counts, and nothing rounded.' },
  pattern: {
    type: 'string',
    value: 'REGEX',
    help: 'For the grader regex: the first group of its last match is the answer.',
  },
  command: {
    type: 'string',
    value: '"PROGRAM ARGS"',
    help: 'For the grader command: reads a row as JSON, prints {"verdict": "correct"}.',
  },
  config: { type: 'string', value: 'CONFIG', help: 'Measure as this config says, not as the run was measured.' },
  benchmarks: {
    type: 'string',
    value: 'NAME[=FILE],…',
    help: 'Measure these published benchmarks as the paper does, not what the run measured: math-500=math-500.jsonl. Without a file, the one that the environment variable VALLEY_BENCHMARKS tells.',
  },
  problems: { type: 'string', value: 'N', help: 'Held-out problems.' },
  samples: { type: 'string', value: 'K', help: 'Completions per problem.' },
  prompt: { type: 'string', value: 'TEXT', help: 'The text to complete, written as the task writes its prompts.' },
  temperature: { type: 'string', value: 'T', help: 'Sampling temperature; 0 takes the likeliest token.' },
  'max-new-tokens': { type: 'string', value: 'N', help: 'Longest completion in tokens.' },
  seed: { type: 'string', value: 'N', help: 'Seed of sampling.' },
  dtype: {
    type: 'string',
    value: 'float32|bfloat16|float16',
    help: 'The format of the weights (float32: exactly as they were trained).',
  },
  'max-shard-size': {
    type: 'string',
    value: 'MB',
    help: 'Most megabytes of weights in one file; more are split into shards (5000).',
  },
  difference: { type: 'string', value: 'POINTS', help: 'The smallest difference that matters, in points (5).' },
  all: { type: 'boolean', help: 'Look at every row, however many there are.' },
  row: { type: 'string', value: 'N', help: 'The row to show, from 1.' },
  adapter: { type: 'boolean', help: 'Only the LoRA adapters, as PEFT reads them, not merged into the model.' },
  gguf: {
    type: 'string',
    value: 'f16|q8_0|f32',
    help: 'One GGUF file for llama.cpp in place of a folder of Hugging Face, with matrices in this format.',
  },
  libtensorflow: {
    type: 'string',
    value: 'DIR',
    help: 'A libtensorflow on this machine in place of the download: unpacked, or the Python package tensorflow.',
  },
  yes: { type: 'boolean', help: 'Agree to what is fetched and run.' },
  help: { type: 'boolean', help: 'Show this help.' },
} as const satisfies Record<string, Option>;

interface Command {
  readonly usage: string;
  /** English; the key of its translation. */
  readonly help: string;
  readonly options: readonly OptionName[];
  /** Fewest and most words besides the options. */
  readonly words: readonly [least: number, most: number];
}

export const COMMANDS = {
  run: {
    usage: 'run CONFIG',
    help: 'Start a run and follow it.',
    options: ['out', 'on-busy', 'json'],
    words: [1, 1],
  },
  evaluate: {
    usage: 'evaluate CHECKPOINT|RUN',
    help: 'Measure a checkpoint on held-out problems.',
    options: ['config', 'benchmarks', 'problems', 'samples', 'temperature', 'seed', 'out', 'on-busy', 'json'],
    words: [1, 1],
  },
  sample: {
    usage: 'sample CHECKPOINT|RUN --prompt TEXT',
    help: 'Let a checkpoint complete a prompt.',
    options: ['prompt', 'temperature', 'max-new-tokens', 'seed', 'out', 'on-busy', 'json'],
    words: [1, 1],
  },
  prepare: {
    usage: 'prepare CONFIG|DATA',
    help: 'Make subsets to be learned from data on disk, or look at a data file.',
    options: ['out', 'on-busy', 'json'],
    words: [1, 1],
  },
  preflight: {
    usage: 'preflight CONFIG',
    help: 'Look at what a training is made of, and at what would ruin it, before it starts.',
    options: ['all', 'json'],
    words: [1, 1],
  },
  preview: {
    usage: 'preview CONFIG',
    help: 'Show a training example as the model learns it, token by token.',
    options: ['row', 'json'],
    words: [1, 1],
  },
  continue: {
    usage: 'continue RUN',
    help: 'Go on with a stopped, failed or lost run from its newest good checkpoint.',
    options: ['again', 'on-busy', 'json'],
    words: [1, 1],
  },
  stop: { usage: 'stop RUN', help: 'Save a checkpoint, then end the run.', options: [], words: [1, 1] },
  pause: { usage: 'pause RUN', help: 'Free the processor until the run is resumed.', options: [], words: [1, 1] },
  resume: { usage: 'resume RUN', help: 'Go on with a paused run.', options: [], words: [1, 1] },
  validate: {
    usage: 'validate CONFIG…',
    help: 'Check configs without starting anything.',
    options: ['json'],
    words: [1, Number.POSITIVE_INFINITY],
  },
  compare: {
    usage: 'compare RUN[@STEP] RUN[@STEP]',
    help: 'Compare two evaluations of the same problems: what is fixed and broken, and whether it can be chance.',
    options: ['difference', 'json'],
    words: [2, 2],
  },
  analyse: {
    usage: 'analyse RUN[@STEP]',
    help: 'Show why an evaluation came out as it did: lengths, endings, reflection, and where calculations go wrong.',
    options: ['json'],
    words: [1, 1],
  },
  report: {
    usage: 'report RUN…',
    help: 'Say what a ladder came to, or several beside each other, and write it as a page with its figures.',
    options: ['out', 'difference', 'json'],
    words: [1, Number.POSITIVE_INFINITY],
  },
  suggest: {
    usage: 'suggest RUN',
    help: 'Turn the verdict of a ladder into the config to run next, shown as a diff with its reasons.',
    options: ['out', 'json'],
    words: [1, 1],
  },
  export: {
    usage: 'export CHECKPOINT|RUN FOLDER',
    help: 'Write a model as Hugging Face lays it out, for transformers and whatever reads such folders, or as GGUF for llama.cpp.',
    options: ['dtype', 'max-shard-size', 'adapter', 'gguf', 'json'],
    words: [2, 2],
  },
  grade: {
    usage: 'grade --in ANSWERS --out VERDICTS',
    help: 'Compare answers with the right ones, row by row.',
    options: ['in', 'out', 'grader', 'strict', 'pattern', 'command', 'yes', 'json'],
    words: [0, 0],
  },
  regrade: {
    usage: 'regrade RUN',
    help: 'Grade the completions that a run has kept by the verifier of today, without sampling any.',
    options: ['out', 'json'],
    words: [1, 1],
  },
  doctor: {
    usage: 'doctor',
    help: 'Show devices, versions and what is missing.',
    options: ['json'],
    words: [0, 0],
  },
  'install-gpu-engine': {
    usage: 'install-gpu-engine',
    help: 'Install TensorFlow with CUDA for the executor "tensorflow".',
    options: ['libtensorflow', 'yes'],
    words: [0, 0],
  },
} as const satisfies Record<string, Command>;

export interface Arguments {
  readonly command: CommandName;
  readonly words: readonly string[];
  readonly options: Readonly<Partial<Record<OptionName, string | boolean>>>;
}

/** Reads a command line that starts with a command. Throws `BadInput` that names the word at fault. */
export function parseArguments(argv: readonly string[], strings: Strings): Arguments {
  const [name = '', ...rest] = argv;
  if (!isCommand(name)) throw new BadInput(unknown(name, Object.keys(COMMANDS), strings));
  const command: Command = COMMANDS[name];
  const known: readonly OptionName[] = [...command.options, 'help'];
  const options = Object.fromEntries(known.map((option) => [option, { type: OPTIONS[option].type }] as const));
  const { values, positionals } = parse(rest, options, known, strings);
  const [least, most] = command.words;
  const isComplete = positionals.length >= least && positionals.length <= most;
  if (!isComplete && values['help'] !== true)
    throw new BadInput(translate(strings, 'This command is written: {0}', `valley ${command.usage}`));
  return { command: name, words: positionals, options: values };
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);

type Values = Readonly<Record<string, string | boolean>>;

function parse(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
  known: readonly OptionName[],
  strings: Strings,
): { values: Values; positionals: string[] } {
  for (const arg of args) {
    if (arg === '--') break;
    const name = /^--?([^=]*)/.exec(arg)?.[1];
    const isOption = name !== undefined && arg !== '-' && !/^-\d/.test(arg);
    if (isOption && !known.some((option) => option === name))
      throw new BadInput(
        unknown(
          arg.replace(/=.*/, ''),
          known.map((option) => `--${option}`),
          strings,
        ),
      );
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values: values as Values, positionals };
  } catch (error) {
    if (error instanceof TypeError) throw new BadInput(error.message);
    throw error;
  }
}

function unknown(word: string, known: readonly string[], strings: Strings): string {
  const near = nearest(word, known);
  const sentence =
    near === null
      ? translate(strings, 'Unknown: {0}. Known here: {1}.', word, known.join(', '))
      : translate(strings, 'Unknown: {0}. Did you mean {1}?', word, near);
  return `${sentence} ${translate(strings, 'valley --help tells more.')}`;
}

/** The whole help, or that of one command. */
export function helpText(command: CommandName | null, strings: Strings): string {
  return command === null ? overview(strings) : commandHelp(COMMANDS[command], strings);
}

function overview(strings: Strings): string {
  const rows = Object.values(COMMANDS).map(({ usage, help }) => [usage, translate(strings, help)] as const);
  return [
    translate(strings, 'valley: train small reasoning models, watch their chains of thought, measure.'),
    '',
    ...table(rows.map(([usage, help]) => [`valley ${usage}`, help] as const)),
    '',
    translate(strings, 'RUN is a run folder, the beginning of its name, or “latest”. CONFIG is a .valley.jsonc file.'),
    translate(strings, 'valley COMMAND --help shows the options of a command, valley --version the version.'),
    translate(strings, 'Exit codes: 0 finished, 1 failed, 2 bad input, 130 stopped.'),
  ].join('\n');
}

function commandHelp(command: Command, strings: Strings): string {
  const options = command.options.map((name) => {
    const option: Option = OPTIONS[name];
    return [
      `--${name}${option.value === undefined ? '' : ` ${option.value}`}`,
      translate(strings, option.help),
    ] as const;
  });
  return [
    `valley ${command.usage}`,
    translate(strings, command.help),
    ...(options.length > 0 ? ['', ...table(options)] : []),
  ].join('\n');
}

const table = (rows: readonly (readonly [string, string])[]): string[] => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
};
