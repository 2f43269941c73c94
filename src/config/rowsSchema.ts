/** What a config may say of rows that are learned as they are on disk, or as `prepare` wrote them. */
import { z } from 'zod';
import { count } from './fields.ts';
import { benchmarks, columns, format } from './prepareSchema.ts';

const path = z.string().min(1).meta({
  description:
    'A .jsonl, .json, .csv, .jsonl.gz, .json.gz or .parquet file, or the folder of a run of `prepare` that wrote one subset. Relative to this config.',
});

/** Handed to the chat template. */
export const chatTemplateKwargs = z
  .strictObject({
    enableThinking: z
      .boolean()
      .meta({
        description:
          'Whether the prompt asks for a trace (enable_thinking of Qwen 3). Left to the template if left out.',
      })
      .optional(),
    dateString: z
      .string()
      .min(1)
      .max(100)
      .meta({
        description:
          'The day that a prompt names (date_string of Llama 3). Without it some templates read the clock, so that prompts change with the day.',
      })
      .optional(),
  })
  .meta({ description: 'What the chat template may ask for (chat_template_kwargs).' });

export const rowsData = z
  .strictObject({
    path,
    format,
    columns: columns.prefault({}),
    lossOn: z
      .enum(['completion', 'assistant', 'all'])
      .default('completion')
      .meta({
        description: 'Which tokens are learned. The end of a learned turn always is.',
        enumDescriptions: [
          'The last turn of the assistant, or the completion (completion_only_loss).',
          'Every turn of the assistant (assistant_only_loss).',
          'Every token, prompts too.',
        ],
      }),
    maxLength: count(
      'Longest example in tokens, prompt and completion together (max_length). As long as the model reads if left out.',
      'tokens',
    ).optional(),
    onLongExample: z
      .enum(['drop', 'truncate', 'stop'])
      .default('drop')
      .meta({
        description: 'What to do with an example that is longer than `maxLength`. How many there are is told.',
        enumDescriptions: [
          'Leave it out.',
          'Cut it at its end: the answer and the end token are lost.',
          'End the run before it trains, and name the first one.',
        ],
      }),
    onBadRow: z
      .enum(['skip', 'stop'])
      .default('skip')
      .meta({
        description: 'What to do with a row that cannot be read, or that the chat template refuses.',
        enumDescriptions: ['Leave it out, count it and tell it.', 'End the run and name it.'],
      }),
    onPreflightError: z
      .enum(['stop', 'warn'])
      .default('stop')
      .meta({
        description:
          'What a run does where its examples would ruin it: most lose their answer to the limit, or none learns an end token.',
        enumDescriptions: ['End before it trains, and say why.', 'Say it, and train all the same.'],
      }),
    benchmarks: benchmarks.meta({
      description: 'Benchmarks of which no problem may be among the rows: pre-flight looks for them.',
    }),
    chatTemplateKwargs: chatTemplateKwargs.prefault({}),
  })
  .meta({ description: 'Rows of a file, as the chat template of the model writes them.' });

const instruction = z
  .string()
  .min(1)
  .max(2000)
  .meta({
    description:
      'What is said after each problem, in the same message. The reward wants the answer in one `\\boxed{}`: a model that was not taught so must be asked to, for example "Please reason step by step, and put your final answer within \\boxed{}." Nothing if left out.',
  })
  .optional();

const promptFormat = z
  .enum(['auto', 'problem-answer', 'messages', 'sharegpt', 'prompt-completion', 'alpaca', 'openr1-math', 's1k', 'limo'])
  .default('auto')
  .meta({
    description: 'What a row looks like. auto guesses from the first rows. Completions are not read.',
    enumDescriptions: [
      'Guessed from the first rows.',
      'A problem (text or turns) and its `answer`, without a completion.',
      '`messages`: a list of {role, content}.',
      '`conversations`: a list of {from, value}.',
      '`prompt` and `completion`.',
      '`instruction`, `input` and `output`.',
      '`problem`, `generations`, `correctness_math_verify` and `answer`.',
      '`question`, chains of thought and `attempt`.',
      '`question`, `solution` and `answer`.',
    ],
  });

/** Problems to be asked, each with the right answer. */
export const promptRows = rowsData
  .omit({ benchmarks: true, lossOn: true, maxLength: true, onLongExample: true, onPreflightError: true })
  .extend({
    format: promptFormat,
    instruction,
    maxPromptLength: count(
      'Longest prompt in tokens (max_prompt_length); longer ones are left out. As long as leaves the model room for a token if left out.',
      'tokens',
    ).optional(),
  })
  .meta({ description: 'Problems of a file with their right answers, as the chat template of the model asks them.' });

const split = z
  .enum(['heldOut', 'all'])
  .default('heldOut')
  .meta({
    description: 'Which rows of the file are measured.',
    enumDescriptions: [
      'Those that a training on this file with the same `evaluation.seed` and at least as many `evaluation.problems` holds out: at most a tenth.',
      'All, for a file that was never trained on.',
    ],
  });

/** Rows to measure on: those of `sft`, or with `use` those of `grpo`. */
export const measuredRows = z
  .union([
    rowsData.extend({ split }),
    promptRows.extend({
      split,
      use: z.literal('prompts').meta({
        description:
          'The rows are problems with answers, as the recipe grpo has them: completions are not read, and only answers are measured.',
      }),
    }),
  ])
  .meta({ description: 'Rows of a file to measure on, in place of problems of the task.' });

export type PromptRowsConfig = z.output<typeof promptRows>;
export type RowsDataConfig = z.output<typeof rowsData>;
/** Rows of a file, to be learned or to be asked. */
export type RowsConfig = RowsDataConfig | PromptRowsConfig;
export const areLearned = (rows: RowsConfig): rows is RowsDataConfig => 'lossOn' in rows;
export type ChatTemplateKwargs = z.output<typeof chatTemplateKwargs>;
