/** What a config may say of benchmarks: the published ones by name, files of one's own, and the built-in task; with the paper's way to measure. */
import { z } from 'zod';
import { count } from './fields.ts';
import { temperature, topK, topP } from './samplingFields.ts';
import { arithmetic } from './taskSchema.ts';

/** Section 2.2 of the paper (arXiv 2506.07712); k is 8 for AIME and AMC, 4 for MATH-500. */
export const PAPER_SAMPLING = { temperature: 0.6, topP: 0.95, topK: 0, maxNewTokens: 16_384 } as const;

export const BENCHMARK_NAMES = [
  'math-500',
  'aime-2024',
  'aime-2025',
  'amc-2023',
  'gsm8k',
  'minerva-math',
  'olympiadbench',
  'gpqa-diamond',
] as const;

const common = {
  problems: count('Problems that are measured, drawn by seed. All if left out.', 'problems').optional(),
  samplesPerProblem: count('Completions per problem (k). As the paper has it if left out.', 'completions').optional(),
  instruction: z
    .string()
    .max(2000)
    .meta({ description: 'What is said after each problem. A request to box the answer if left out.' })
    .optional(),
  temperature: temperature.default(PAPER_SAMPLING.temperature),
  topP: topP.default(PAPER_SAMPLING.topP),
  topK: topK.default(PAPER_SAMPLING.topK),
  maxNewTokens: count('Longest completion in tokens; a longer one is cut and counts as wrong.', 'tokens').default(
    PAPER_SAMPLING.maxNewTokens,
  ),
};

const column = (description: string) => z.string().min(1).meta({ description });

const published = z
  .strictObject({
    name: z.enum(BENCHMARK_NAMES).meta({
      description: 'A published benchmark.',
      enumDescriptions: [
        '500 problems of MATH, levels 1 to 5.',
        'AIME 2024, I and II: 30 problems.',
        'AIME 2025, I and II: 30 problems.',
        'AMC 12 of 2023: 40 problems.',
        '1,319 problems of primary school.',
        '272 problems of undergraduate science.',
        '674 problems of olympiads, in English, text only.',
        '198 questions of graduates, four choices.',
      ],
    }),
    path: z
      .string()
      .min(1)
      .meta({
        description:
          'Its file as the publisher gives it (.jsonl, .json, .csv, .gz or .parquet), relative to this config. If left out, the file that the setting `valley.benchmarks` of that name tells.',
      })
      .optional(),
    ...common,
  })
  .meta({ description: 'A published benchmark that lies in a file.' });

const own = z
  .strictObject({
    name: z.string().min(1).max(80).meta({ description: 'Name of the benchmark.' }),
    path: z
      .string()
      .min(1)
      .meta({ description: 'A .jsonl, .json, .csv, .jsonl.gz, .json.gz or .parquet file, relative to this config.' }),
    grader: z
      .enum(['math', 'exact', 'choice'])
      .default('math')
      .meta({
        description: 'Who judges the answers.',
        enumDescriptions: [
          'Numbers and expressions, whatever their form.',
          'The same text.',
          'The letter of a choice.',
        ],
      }),
    columns: z
      .strictObject({
        problem: column('The problem.'),
        answer: column('The right answer, for the verifier.'),
        choices: column('List of wrong choices; they and the right answer are shuffled by seed.').optional(),
        id: column('What names the problem.').optional(),
        level: column('How hard the problem is.').optional(),
        subject: column('What the problem is about.').optional(),
      })
      .meta({ description: 'The column that plays each role.' }),
    ...common,
  })
  .meta({ description: "A benchmark of one's own." });

const builtIn = z
  .strictObject({
    task: arithmetic,
    ...common,
    problems: count('Held-out problems, as the evaluation has them.', 'problems').default(400),
  })
  .meta({ description: 'A benchmark that a task makes.' });

export const benchmarkList = z
  .array(z.union([own, published, builtIn]))
  .min(1)
  .max(50)
  .meta({ description: 'Benchmarks to measure, in this order, in place of problems of the task.' });

export type BenchmarkName = (typeof BENCHMARK_NAMES)[number];
export type BenchmarkEntry = z.output<typeof benchmarkList>[number];

/** What a benchmark is called where its scores are shown. */
export const benchmarkName = (entry: BenchmarkEntry): string =>
  'task' in entry ? `${entry.task.name}/${entry.task.level}` : entry.name;
