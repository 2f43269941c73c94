/** What TRL, transformers and nanoGPT call our keys, for hints to people who come from there. */
import { canonical } from './nearest.ts';

const ALIASES: readonly (readonly [section: string, key: string, ...theirs: string[]])[] = [
  ['training', 'batchSize', 'per_device_train_batch_size', 'train_batch_size'],
  ['training', 'microBatchSize', 'micro_batch_size', 'mini_batch_size', 'device_batch_size'],
  ['training', 'epochs', 'num_train_epochs', 'num_epochs', 'n_epochs'],
  ['training', 'maxSteps', 'max_train_steps', 'total_steps', 'max_iters', 'num_steps'],
  ['training', 'learningRate', 'lr', 'peak_lr', 'max_lr'],
  ['training', 'lrSchedulerType', 'lr_scheduler', 'scheduler', 'lr_schedule'],
  ['training', 'minLearningRateRatio', 'min_lr_ratio', 'min_lr', 'min_lr_rate'],
  ['training', 'warmupRatio', 'warmup_steps', 'num_warmup_steps', 'warmup'],
  ['training', 'maxGradNorm', 'grad_clip', 'gradient_clipping', 'clip_grad_norm'],
  ['training', 'gradientAccumulationSteps', 'grad_accum', 'grad_accum_steps', 'accumulation_steps'],
  ['training', 'completionOnlyLoss', 'assistant_only_loss', 'train_on_inputs', 'mask_prompt'],
  ['training', 'activationRecompute', 'gradient_checkpointing', 'activation_checkpointing', 'recompute'],
  ['training', 'precision', 'fp16', 'bf16', 'mixed_precision', 'amp', 'dtype', 'torch_dtype'],
  ['training', 'method', 'finetuning_type', 'peft_type', 'use_peft'],
  ['training.lora', 'rank', 'r', 'lora_r', 'lora_rank'],
  ['training.lora', 'alpha', 'lora_alpha'],
  ['training.lora', 'targetModules', 'lora_target_modules'],
  ['training', 'adamBeta1', 'beta1'],
  ['training', 'adamBeta2', 'beta2'],
  ['training', 'adamEpsilon', 'adam_eps', 'eps'],
  ['preference', 'labelSmoothing', 'label_smoothing', 'label_smoothing_factor'],
  ['model', 'hiddenSize', 'n_embd', 'd_model', 'embed_dim', 'dim'],
  ['model', 'numHiddenLayers', 'n_layer', 'n_layers', 'num_layers', 'layers'],
  ['model', 'numAttentionHeads', 'n_head', 'n_heads', 'num_heads', 'heads'],
  ['model', 'numKeyValueHeads', 'n_kv_heads', 'num_kv_heads'],
  ['model', 'intermediateSize', 'ffn_dim', 'd_ff', 'mlp_dim'],
  ['model', 'maxPositionEmbeddings', 'block_size', 'max_length', 'max_seq_length', 'context_length', 'seq_len'],
  ['model', 'checkpoint', 'resume_from_checkpoint'],
  ['model', 'path', 'model_name_or_path', 'model_path', 'pretrained_model_name_or_path'],
  ['model', 'family', 'model_type', 'architecture'],
  ['sampling', 'maxNewTokens', 'max_completion_length', 'max_tokens', 'max_generated_tokens'],
  ['evaluation', 'everySteps', 'eval_steps', 'eval_interval'],
  ['evaluation', 'batchSize', 'per_device_eval_batch_size', 'eval_batch_size'],
  ['evaluation', 'samplesPerProblem', 'num_generations', 'num_return_sequences', 'n_samples'],
  ['checkpoints', 'everySteps', 'save_steps', 'save_interval'],
  ['checkpoints', 'keepLast', 'save_total_limit'],
  ['data', 'problems', 'num_examples', 'num_samples', 'dataset_size', 'train_size'],
  ['task', 'name', 'dataset', 'dataset_name'],
  ['', 'seed', 'random_seed', 'data_seed'],
  ['', 'name', 'run_name'],
  ['', 'threads', 'num_threads', 'dataloader_num_workers'],
  ['', 'device', 'use_cpu', 'accelerator'],
];

/** Where our schema says what another library calls `word`; null if it is nobody's word. */
export function aliasOf(word: string): { readonly section: string; readonly key: string } | null {
  const spelled = canonical(word);
  const found = ALIASES.find(([, , ...theirs]) => theirs.some((their) => canonical(their) === spelled));
  return found ? { section: found[0], key: found[1] } : null;
}
