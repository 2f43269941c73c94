/** What a config of the recipe `prepare` may say: from data as they are on disk to subsets that are ready to be learned. */
import { z } from 'zod';
import { atLeastZero, count, everyRun, share, threads } from './fields.ts';
import { arithmetic } from './taskSchema.ts';

const column = (description: string) => z.string().min(1).meta({ description }).optional();

export const columns = z
  .strictObject({
    messages: column('List of {role, content}.'),
    conversations: column('List of {from, value}.'),
    prompt: column('What is asked, as text or list of {role, content}.'),
    completion: column('What is answered, as text or list of {role, content}.'),
    chosen: column('The better of two answers, as text or list of {role, content}.'),
    rejected: column('The worse of two answers, as text or list of {role, content}.'),
    system: column('System prompt.'),
    instruction: column('Instruction (Alpaca).'),
    input: column('Input to the instruction (Alpaca).'),
    output: column('Answer to the instruction (Alpaca).'),
    problem: column('The problem (OpenR1-Math, s1K, LIMO).'),
    solution: column('The whole chain of thought (LIMO).'),
    generations: column('List of completions (OpenR1-Math).'),
    correctness: column('List of verdicts, one for each generation (OpenR1-Math).'),
    thinking: column('Chain of thought, or a list of them (s1K).'),
    attempt: column('What was answered after the chain of thought (s1K).'),
    answer: column('The right answer, for the verifier.'),
    difficulty: column('A number: the harder, the larger.'),
    level: column('How hard a problem is, in words or as a number, such as `Level 3`.'),
    text: column('Text without a prompt.'),
  })
  .meta({ description: 'The column that plays each role, where it has another name than is usual.' });

export const format = z
  .enum([
    'auto',
    'messages',
    'sharegpt',
    'prompt-completion',
    'preference',
    'alpaca',
    'openr1-math',
    's1k',
    'limo',
    'text',
  ])
  .default('auto')
  .meta({
    description: 'What a row looks like. auto guesses from the first rows.',
    enumDescriptions: [
      'Guessed from the first rows.',
      '`messages`: a list of {role, content}.',
      '`conversations`: a list of {from, value}.',
      '`prompt` and `completion`.',
      '`prompt`, `chosen` and `rejected`; recipes other than dpo learn and measure the chosen one.',
      '`instruction`, `input` and `output`.',
      '`problem`, `generations`, `correctness_math_verify` and `answer`.',
      '`question`, chains of thought and `attempt`.',
      '`question`, `solution` and `answer`.',
      '`text` without a prompt.',
    ],
  });

const path = z.string().min(1).meta({
  description: 'A .jsonl, .json, .csv, .jsonl.gz, .json.gz or .parquet file, relative to this config.',
});

const source = z.strictObject({ path, format, columns: columns.prefault({}) }).meta({ description: 'A file of rows.' });

const benchmarkFile = z
  .strictObject({
    name: z.string().min(1).max(80).meta({ description: 'Name of the benchmark.' }).optional(),
    path,
    format,
    columns: columns.prefault({}),
  })
  .meta({
    description:
      'A benchmark whose problems are in a file. A published one (math-500, aime-2024, gsm8k …) is known by its `name` and read as its publisher wrote it.',
  });

const benchmarkTask = z
  .strictObject({
    task: arithmetic,
    problems: count('Held-out problems, as the evaluation has them.', 'problems').default(400),
    seed: atLeastZero('Seed of the held-out problems, as the evaluation has it.').default(1234),
  })
  .meta({ description: 'A benchmark that a task makes.' });

/** What training data are kept apart from. */
export const benchmarks = z
  .array(z.union([benchmarkFile, benchmarkTask]))
  .max(100)
  .default([]);

/** Which part of an example. */
const part = (standard: 'example' | 'prompt' | 'completion', description: string) =>
  z
    .enum(['example', 'prompt', 'completion'])
    .default(standard)
    .meta({
      description,
      enumDescriptions: ['Prompt and completion.', 'The prompt alone.', 'The completion alone.'],
    });

const duplicates = z
  .strictObject({
    exact: z
      .boolean()
      .meta({ description: 'Leave out rows that were there before, letter by letter but for white space.' })
      .default(true),
    near: z
      .boolean()
      .meta({ description: 'Leave out rows that are nearly the same as one before (MinHash).' })
      .default(true),
    compare: part('example', 'Which part must be nearly the same.'),
    similarity: z.number().min(0.5).max(1).default(0.8).meta({
      description: 'Least share of word runs that two rows have in common (Jaccard) to count as nearly the same.',
    }),
    ngram: z
      .int()
      .min(1)
      .max(50)
      .default(5)
      .meta({ description: 'Words of a run, for nearly the same.', unit: 'words' }),
  })
  .meta({ description: 'Removal of rows that say what another one says.' });

const decontamination = z
  .strictObject({
    benchmarks: benchmarks.meta({ description: 'Benchmarks of which no problem may be in the data.' }),
    search: part(
      'prompt',
      'Which part is searched for runs of words of a benchmark. Whole problems are searched as prompts in any case.',
    ),
    ngram: z
      .int()
      .min(3)
      .max(50)
      .default(8)
      .meta({ description: 'Words in a row that a benchmark has too.', unit: 'words' }),
  })
  .meta({ description: 'Removal of rows that show problems of a benchmark.' });

const correctness = z
  .strictObject({
    keep: z
      .enum(['all', 'verified', 'notWrong'])
      .default('all')
      .meta({
        description: 'Which rows stay.',
        enumDescriptions: [
          'All, right or wrong.',
          'Only rows that were found right.',
          'All but those that were found wrong.',
        ],
      }),
    verifiers: z
      .array(z.enum(['recorded', 'answer', 'math']))
      .min(1)
      .max(3)
      .default(['recorded', 'answer'])
      .meta({
        description:
          'Who judges; the first that can tell decides. recorded: the verdict in the data. answer: the last \\boxed{…} (or `#### …`) against the right answer, as numbers or letter by letter. math: the same as mathematics, so that 1/2 is 0.5 and x+1 is 1+x.',
      }),
  })
  .meta({ description: 'Removal of rows whose answer is wrong.' });

const length = z
  .strictObject({
    minTokens: count('Shortest row, prompt and completion together.', 'tokens').default(1),
    maxTokens: count('Longest row, prompt and completion together. No limit if left out.', 'tokens').optional(),
    tokenizer: z.string().min(1).optional().meta({
      description:
        'Folder with the tokenizer.json by which tokens are counted, relative to this config. Words and signs are counted if left out.',
    }),
  })
  .meta({ description: 'Length in the tokens of the model that will learn from the rows.' });

const repetition = z
  .strictObject({
    maxShare: share('Largest share of word runs of a completion that stood in it before. 1 keeps all.').default(1),
  })
  .meta({ description: 'Removal of completions that go round in circles.' });

const languages = z
  .strictObject({
    keep: z
      .array(z.enum(['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'ko', 'ja', 'zh', 'ru', 'ar', 'hi']))
      .max(13)
      .default([])
      .meta({
        description: 'Languages of completions that stay, told by script and common words. All if left out.',
      }),
    keepUnknown: z
      .boolean()
      .meta({ description: 'Keep completions that give no sign of a language (formulas, a few words).' })
      .default(true),
  })
  .meta({ description: 'Removal of completions in other languages.' });

const sampling = z
  .strictObject({
    stratifyBy: z
      .array(z.enum(['length', 'difficulty', 'source']))
      .max(3)
      .default([])
      .meta({
        description: 'Every subset has rows of each length, difficulty or source in the shares that `allocation` says.',
      }),
    bins: z
      .int()
      .min(2)
      .max(50)
      .default(4)
      .meta({ description: 'Groups of equal size for length and for difficulty.', unit: 'groups' }),
    allocation: z
      .enum(['proportional', 'equal'])
      .default('proportional')
      .meta({
        description: 'Share of each group in a subset.',
        enumDescriptions: ['As in all rows.', 'The same for each group, while it has rows.'],
      }),
    longTokens: count('Rows of at least so many tokens count as long traces.', 'tokens').optional(),
    longShare: share('Share of long traces in each subset. As in all rows if left out.').optional(),
    sizes: z.array(z.int().min(1).max(1_000_000_000)).max(50).default([]).meta({
      description: 'Rows of each subset, ascending. One file with all rows if left out.',
    }),
    nested: z
      .boolean()
      .meta({ description: 'A larger subset has all rows of each smaller one. If false, each is drawn anew.' })
      .default(true),
  })
  .meta({ description: 'Which rows go into which subset.' });

export const prepareConfig = z
  .strictObject({
    ...everyRun,
    threads,
    recipe: z.literal('prepare').meta({ description: 'Make subsets to be learned from data as they are on disk.' }),
    sources: z.array(source).min(1).max(1000).meta({ description: 'The files that are read, in this order.' }),
    onBadRow: z
      .enum(['skip', 'stop'])
      .default('skip')
      .meta({
        description: 'What to do with a row that cannot be read.',
        enumDescriptions: ['Leave it out, count it and tell it.', 'End the run and name it.'],
      }),
    duplicates: duplicates.prefault({}),
    decontamination: decontamination.prefault({}),
    correctness: correctness.prefault({}),
    length: length.prefault({}),
    repetition: repetition.prefault({}),
    languages: languages.prefault({}),
    tracesPerProblem: z
      .enum(['all', 'first', 'shortest', 'longest', 'random'])
      .default('all')
      .meta({
        description: 'Which of several completions of one problem stay.',
        enumDescriptions: ['All.', 'The first in the data.', 'The shortest.', 'The longest.', 'One by seed.'],
      }),
    sampling: sampling.prefault({}),
  })
  .meta({ title: 'Preparation of data' });

export type PrepareConfig = z.output<typeof prepareConfig>;
export type SourceConfig = z.output<typeof source>;
export type BenchmarkConfig = z.output<typeof benchmarkFile> | z.output<typeof benchmarkTask>;
