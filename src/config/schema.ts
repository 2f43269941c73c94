/** The one source of what a config may say: types, JSON Schema, defaults, hover texts and validation all come from here. */
import { z } from 'zod';
import { benchmarkList } from './benchmarkSchema.ts';
import { atLeastZero, count, everyRun, positive, share, threads } from './fields.ts';
import { preference, preferenceRows } from './dpoSchema.ts';
import { curriculum, policy, rewards, rollout } from './grpoSchema.ts';
import { grpoKeys, ladderKeys } from './ladderSchema.ts';
import { prepareConfig, type PrepareConfig } from './prepareSchema.ts';
import { chatTemplateKwargs, measuredRows, promptRows, rowsData } from './rowsSchema.ts';
import { temperature, topK, topP } from './samplingFields.ts';
import { task, taskWithoutTrace } from './taskSchema.ts';

/** A longer one would be a completion of its own. */
const LONGEST_STOP = 200;
const stop = z.array(z.string().min(1).max(LONGEST_STOP)).max(8).meta({
  description:
    'Texts that end a completion where the first of them appears; the completion is what stands before it. At most 8.',
});

const decoder = z
  .strictObject({
    family: z.literal('decoder').meta({
      description:
        'A small decoder made from scratch: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied head.',
    }),
    hiddenSize: count('Width of the residual stream. A multiple of numAttentionHeads.').default(128),
    numHiddenLayers: count('Number of decoder blocks.').default(4),
    numAttentionHeads: count('Number of query heads.').default(4),
    numKeyValueHeads: count('Number of key/value heads; divides numAttentionHeads.').default(4),
    intermediateSize: count('Width of the SwiGLU layer.').default(352),
    maxPositionEmbeddings: count('Longest sequence in tokens, prompt and completion together.', 'tokens').default(256),
    ropeTheta: positive('Base of the rotary frequencies.').default(10_000),
    partialRotaryFactor: z.number().gt(0).max(1).default(1).meta({
      description:
        'Share of the rotary pairs that turn with the position. The others carry content without place, which helps to read further than was learned.',
    }),
    rmsNormEps: positive('Added under the root in RMSNorm.').default(1e-5),
    initializerRange: positive(
      'Standard deviation of the embedding at the start; other weights are scaled by their fan-in.',
    ).default(0.02),
  })
  .meta({ description: 'A new model with random weights.' });

const fromCheckpoint = z
  .strictObject({
    checkpoint: z.string().min(1).meta({
      description:
        'Folder of a checkpoint, or of a run (its newest good checkpoint), or a config file: the newest run that was started from it and has a checkpoint. Relative to this config.',
    }),
  })
  .meta({ description: 'A model from a checkpoint.' });

const fromFolder = z
  .strictObject({
    path: z.string().min(1).meta({
      description:
        'Folder of a model as Hugging Face lays it out: config.json, tokenizer.json and safetensors, whole or in shards, in bfloat16, float16 or float32. Families: llama, qwen2, qwen3, gemma3_text. Relative to this config.',
    }),
  })
  .meta({ description: "A model from a folder of Hugging Face's layout." });

const givenModel = z
  .union([fromCheckpoint, fromFolder])
  .meta({ description: "The model: from a checkpoint or from a folder of Hugging Face's layout." });

const problemsData = z
  .strictObject({
    problems: count(
      'Distinct training problems, drawn by seed; none of them is in the evaluation.',
      'problems',
    ).default(50_000),
  })
  .meta({ description: 'Problems of the task.' });

const MODULES = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

const lora = z
  .strictObject({
    rank: count('Rank of the adapters (r): how many numbers each adapted matrix may learn.').default(8),
    alpha: positive('Strength of the adapters: their product counts alpha / rank times (lora_alpha).').default(16),
    targetModules: z
      .array(z.enum(MODULES))
      .min(1)
      .default([...MODULES])
      .meta({
        description:
          'Matrices that get an adapter: of the attention (q_proj, k_proj, v_proj, o_proj) and of the feed-forward layer (gate_proj, up_proj, down_proj). All if left out.',
      }),
  })
  .meta({ description: 'Low-rank adapters, for `method` "lora".' });

const training = z
  .strictObject({
    method: z
      .enum(['full', 'lora'])
      .default('full')
      .meta({
        description:
          'What is trained: all weights, or small adapters beside the frozen matrices of a model from a checkpoint.',
        enumDescriptions: [
          'All weights.',
          'Low-rank adapters (LoRA): gradients and optimizer state of the adapters only, so it takes far less memory. Checkpoints hold the merged model and the adapters.',
        ],
      }),
    lora: lora.prefault({}),
    epochs: z
      .number()
      .positive()
      .max(1_000_000)
      .meta({
        description: 'Passes over the training problems. 1 if `maxSteps` is left out too.',
        unit: 'passes',
      })
      .optional(),
    maxSteps: count('Optimizer steps. Takes precedence over epochs.', 'optimizer steps').optional(),
    batchSize: count('Sequences whose gradients are taken together.', 'sequences').default(64),
    microBatchSize: count(
      'Most sequences in one forward and backward pass; a batch is split into passes of this size, with the same result in less memory. batchSize if left out. A CPU takes smaller passes where they are faster. Halved by itself where memory runs out.',
      'sequences',
    ).optional(),
    activationRecompute: z
      .boolean()
      .meta({
        description:
          'Keep of each block only its input and compute the rest again for the gradient: less memory, about a third more time, the same result (gradient checkpointing).',
      })
      .default(false),
    precision: z
      .enum(['auto', 'float32', 'float16'])
      .default('auto')
      .meta({
        description:
          'In what the products of a training pass are computed. float16 is mixed precision (fp16 in transformers and TRL): weights, optimizer, norms, softmax and loss stay in 32 bits, and the loss is scaled so that small gradients do not vanish. auto takes float32, and the run says where float16 could be had. Evaluations and samples are always computed in 32 bits.',
        enumDescriptions: [
          'float32; the run says where float16 could be had.',
          '32 bits throughout.',
          'Mixed precision with dynamic loss scaling, on a GPU whose WebGPU adapter has shader-f16; elsewhere the run says so and computes in 32 bits.',
        ],
      }),
    gradientAccumulationSteps: count(
      'Batches whose gradients are averaged into one optimizer step.',
      'batches',
    ).default(1),
    learningRate: positive('Highest learning rate.').default(1e-3),
    lrSchedulerType: z
      .enum(['cosine', 'linear', 'constant'])
      .meta({ description: 'How the learning rate falls after the warm-up.' })
      .default('cosine'),
    minLearningRateRatio: share('Learning rate at the end, as a share of the highest.').default(0),
    warmupRatio: share('Share of the steps over which the learning rate rises from 0.').default(0.05),
    weightDecay: z
      .number()
      .min(0)
      .meta({ description: 'Decoupled weight decay of matrices (norms have none).' })
      .default(0.01),
    adamBeta1: z.number().min(0).lt(1).meta({ description: 'Decay of the first moment.' }).default(0.9),
    adamBeta2: z.number().min(0).lt(1).meta({ description: 'Decay of the second moment.' }).default(0.98),
    adamEpsilon: positive('Added to the root of the second moment.').default(1e-8),
    maxGradNorm: positive('Gradients longer than this are shortened to it.').default(1),
    packing: z
      .boolean()
      .meta({
        description:
          'Put several examples of a batch into one row, none of which sees another, in place of batches of like length: less padding is computed where lengths differ much. A step learns from as many examples either way.',
      })
      .default(false),
    completionOnlyLoss: z
      .boolean()
      .meta({ description: 'Learn from the tokens of the completion only, not of the prompt.' })
      .default(true),
  })
  .meta({ description: 'How the model learns.' });

const sampling = z
  .strictObject({
    everySteps: count('Optimizer steps between two looks at completions.', 'optimizer steps').default(50),
    completions: count('Completions at each look.', 'completions').default(4),
    temperature: temperature.default(0.6),
    topP: topP.default(0.95),
    topK: topK.default(0),
    maxNewTokens: count('Longest completion in tokens.', 'tokens').default(128),
    stop: stop.default([]),
  })
  .meta({ description: 'Completions sampled during training, to be read.' });

const evaluation = z
  .strictObject({
    everySteps: count('Optimizer steps between two evaluations.', 'optimizer steps').default(250),
    atStart: z.boolean().meta({ description: 'Evaluate the untouched model too (step 0).' }).default(true),
    problems: count('Held-out problems.', 'problems').default(400),
    samplesPerProblem: count('Completions per problem (k).', 'completions').default(1),
    temperature: temperature.default(0.6),
    topP: topP.default(0.95),
    topK: topK.default(0),
    maxNewTokens: count('Longest completion in tokens; a longer one is cut and counts as wrong.', 'tokens').default(
      128,
    ),
    stop: stop.default([]),
    batchSize: count('Sequences generated side by side.', 'sequences').default(64),
    seed: atLeastZero(
      'Seed of the held-out problems and of sampling: the same for all checkpoints that are compared.',
    ).default(1234),
  })
  .meta({ description: 'The benchmark: held-out problems measured in a fixed way.' });

/** What is measured once, at no step of a training. */
const measuring = evaluation.omit({ everySteps: true, atStart: true });

const checkpoints = z
  .strictObject({
    everySteps: count('Optimizer steps between two checkpoints.', 'optimizer steps').default(250),
    everyMinutes: z
      .number()
      .positive()
      .meta({ description: 'Save at least this often, in minutes.', unit: 'minutes' })
      .default(10),
    keepLast: z.int().min(2).meta({ description: 'Newest checkpoints that are kept.' }).default(2),
    keepBest: atLeastZero('Best-scoring checkpoints that are kept beside the newest.').default(1),
    diskBudgetMB: count(
      'Upper limit for all checkpoints of the run, in megabytes; the last two good ones stay in any case.',
      'megabytes',
    ).default(4096),
  })
  .meta({ description: 'Which checkpoints are kept.' });

const common = {
  ...everyRun,
  device: z
    .enum(['auto', 'cpu', 'gpu'])
    .default('auto')
    .meta({ description: 'Where to compute. auto takes a GPU where one is found and says why or why not.' }),
  executor: z.enum(['auto', 'onnx', 'tensorflow', 'reference']).default('auto').meta({
    description:
      'Which program computes. onnx: ONNX Runtime. tensorflow: tfjs-node-gpu where installed. reference: slow and simple, for comparison.',
  }),
  provider: z
    .enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'])
    .default('auto')
    .meta({
      description:
        'With which part of ONNX Runtime to compute; belongs to the executor onnx. auto follows `device`. webgpu takes any adapter, also a slow one of software. cuda, dml and coreml are used where the installed ONNX Runtime has them.',
      enumDescriptions: [
        'Follows `device`.',
        'The CPU.',
        'Any GPU with a Vulkan, Metal or Direct3D 12 driver.',
        'NVIDIA GPUs, where the CUDA parts of ONNX Runtime are installed.',
        'DirectML, on Windows.',
        'Core ML, on macOS.',
      ],
    }),
  threads,
};

export const sftConfig = z
  .strictObject({
    ...common,
    recipe: z
      .literal('sft')
      .meta({ description: 'Supervised fine-tuning: the model learns to write the given chains of thought.' }),
    model: z.union([decoder, fromCheckpoint, fromFolder]).prefault({ family: 'decoder' }).meta({
      description:
        "The model to train: a new one, one from a checkpoint, or one from a folder of Hugging Face's layout.",
    }),
    task,
    data: z
      .union([problemsData, rowsData])
      .prefault({})
      .meta({ description: 'What the model sees: problems of the task, or rows of a file.' }),
    training: training.prefault({}),
    sampling: sampling.prefault({}),
    evaluation: evaluation.prefault({}),
    checkpoints: checkpoints.prefault({}),
  })
  .meta({ title: 'Supervised fine-tuning' });

export const grpoConfig = z
  .strictObject({
    ...common,
    recipe: z.literal('grpo').meta({
      description:
        'Reinforcement learning with verifiable rewards: groups of completions of the same problem are graded, and the model learns from how they differ (GRPO and its relatives).',
    }),
    model: givenModel,
    task,
    data: z
      .union([problemsData, promptRows])
      .prefault({})
      .meta({ description: 'What the model is asked: problems of the task, or of a file.' }),
    curriculum: curriculum.prefault({}),
    rollout: rollout.prefault({}),
    rewards: rewards.prefault({}),
    policy: policy.prefault({}),
    training: training
      .omit({ completionOnlyLoss: true, gradientAccumulationSteps: true, packing: true })
      .extend({
        learningRate: training.shape.learningRate.unwrap().default(1e-4),
        lrSchedulerType: training.shape.lrSchedulerType.unwrap().default('constant'),
        weightDecay: training.shape.weightDecay.unwrap().default(0),
      })
      .prefault({})
      .meta({ description: 'How the model learns; a batch is one of completions.' }),
    evaluation: evaluation.prefault({}),
    checkpoints: checkpoints.prefault({}),
  })
  .meta({ title: 'Reinforcement learning (GRPO)' });

export const dpoConfig = z
  .strictObject({
    ...common,
    recipe: z.literal('dpo').meta({
      description:
        'Learning from preferences: of two completions of a prompt the better one is to become likelier than the worse one, measured from the model that training begins with (DPO).',
    }),
    model: givenModel,
    data: preferenceRows,
    preference: preference.prefault({}),
    training: training
      .omit({ completionOnlyLoss: true, packing: true })
      .extend({
        batchSize: count('Pairs whose gradients are taken together.', 'pairs').default(16),
        microBatchSize: count(
          'Most pairs in one forward and backward pass; a batch is split into passes of this size, with the same result in less memory. batchSize if left out. A CPU takes smaller passes where they are faster. Halved by itself where memory runs out.',
          'pairs',
        ).optional(),
        learningRate: training.shape.learningRate.unwrap().default(1e-6),
        lrSchedulerType: training.shape.lrSchedulerType.unwrap().default('linear'),
        warmupRatio: training.shape.warmupRatio.unwrap().default(0.1),
        weightDecay: training.shape.weightDecay.unwrap().default(0),
      })
      .prefault({})
      .meta({ description: 'How the model learns; a batch is one of pairs.' }),
    sampling: sampling.prefault({}),
    evaluation: evaluation.prefault({}),
    checkpoints: checkpoints.prefault({}),
  })
  .meta({ title: 'Learning from preferences (DPO)' });

const alternatives = z.int().min(0).max(20).default(5).meta({
  description:
    'Likeliest tokens that are kept beside each written one, with their log-probabilities: 8 bytes each, beside the 12 of every token.',
});

export const evaluateConfig = z
  .strictObject({
    ...common,
    recipe: z.literal('evaluate').meta({ description: 'Measure a checkpoint on held-out problems.' }),
    model: givenModel,
    task,
    data: measuredRows.optional(),
    benchmarks: benchmarkList.optional(),
    chatTemplateKwargs: chatTemplateKwargs
      .optional()
      .meta({ description: 'What the chat template may ask for when it writes prompts of `benchmarks`.' }),
    evaluation: measuring
      .extend({ alternatives })
      .prefault({})
      .meta({ description: 'The benchmark: held-out problems measured in a fixed way.' }),
  })
  .meta({ title: 'Evaluation' });

export const sampleConfig = z
  .strictObject({
    ...common,
    recipe: z.literal('sample').meta({ description: 'Let a checkpoint complete a prompt.' }),
    model: givenModel,
    prompt: z.string().min(1).max(100_000).meta({
      description:
        'The text to complete, written as the task writes its prompts. A model with a chat template gets it as one message of the user.',
    }),
    applyChatTemplate: z
      .boolean()
      .default(true)
      .meta({ description: 'Write the prompt by the chat template of the model. If false, it is given as it stands.' }),
    chatTemplateKwargs: chatTemplateKwargs.prefault({}),
    sampling: sampling
      .omit({ everySteps: true })
      .extend({ completions: sampling.shape.completions.unwrap().default(1) })
      .prefault({})
      .meta({ description: 'How the completions are drawn.' }),
  })
  .meta({ title: 'Sample' });

const newBase = z
  .strictObject({
    model: decoder.prefault({ family: 'decoder' }),
    problems: count('Distinct training problems of the base, drawn by `seed`.', 'problems').default(5000),
    training: training.prefault({}),
  })
  .meta({ description: 'A base that is made from scratch in the run, on short traces: an analogue of the paper.' });

export const ladderConfig = z
  .strictObject({
    ...common,
    recipe: z.literal('ladder').meta({
      description:
        'The same fine-tuning on long traces at growing data sizes, with a control on short traces, and reinforcement learning from chosen rungs: does the model cross the valley?',
    }),
    base: z
      .union([newBase, fromCheckpoint, fromFolder])
      .prefault({ model: { family: 'decoder' } })
      .meta({ description: 'The untouched model that all rungs start from.' }),
    task: taskWithoutTrace,
    ...ladderKeys,
    training: training.prefault({}).meta({ description: 'How each rung learns, as far as `schedule` leaves it open.' }),
    grpo: z
      .strictObject({
        ...grpoKeys,
        rollout: grpoConfig.shape.rollout,
        rewards: grpoConfig.shape.rewards,
        policy: grpoConfig.shape.policy,
        training: grpoConfig.shape.training,
      })
      .meta({ description: 'Reinforcement learning from some rungs. None if left out.' })
      .optional(),
    evaluation: measuring
      .prefault({})
      .meta({ description: 'The benchmark: held-out problems measured in a fixed way.' }),
    checkpoints: checkpoints.prefault({}).meta({ description: 'Which checkpoints of each training are kept.' }),
  })
  .meta({ title: 'Ladder' });

export const runConfig = z.discriminatedUnion('recipe', [
  sftConfig,
  grpoConfig,
  dpoConfig,
  evaluateConfig,
  sampleConfig,
  prepareConfig,
  ladderConfig,
]);

export type SftConfig = z.output<typeof sftConfig>;
export type GrpoConfig = z.output<typeof grpoConfig>;
export type DpoConfig = z.output<typeof dpoConfig>;
/** What learns examples that are given. */
export type ExampleRunConfig = SftConfig | DpoConfig;
/** What trains, and keeps checkpoints. */
export type TrainingRunConfig = ExampleRunConfig | GrpoConfig;
export type EvaluateConfig = z.output<typeof evaluateConfig>;
export type SampleConfig = z.output<typeof sampleConfig>;
export type RunConfig = z.output<typeof runConfig>;
export type LadderConfig = z.output<typeof ladderConfig>;
/** What computes with one model. */
export type ModelRunConfig = Exclude<RunConfig, PrepareConfig | LadderConfig>;
export type DecoderConfig = z.output<typeof decoder>;
export type { TaskConfig } from './taskSchema.ts';
export type { PrepareConfig } from './prepareSchema.ts';
export type { PromptRowsConfig, RowsDataConfig } from './rowsSchema.ts';
export type TrainingConfig = z.output<typeof training>;
export type LoraConfig = z.output<typeof lora>;
export type EvaluationConfig = z.output<typeof evaluation>;
export type CheckpointsConfig = z.output<typeof checkpoints>;
