/** What a checkpoint holds, as plain values: who learns and who writes it down say the same. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface NamedArray {
  readonly shape: readonly number[];
  /** As many as the product of the shape; the last axis varies fastest. */
  readonly values: Float32Array;
}
export type NamedArrays = Readonly<Record<string, NamedArray>>;

/** A model that can be used: what config.json, tokenizer.json and model.safetensors of a checkpoint hold. */
export interface SavedModel {
  /** With `model_type` naming the family, keys in Hugging Face's spelling (snake_case). */
  readonly config: { readonly model_type: string; readonly [key: string]: Json };
  readonly tokenizer: Json;
  readonly weights: NamedArrays;
  /** Files that tell more about its text, by name (`TEXT_FILES`); left out for a model that has none. */
  readonly textFiles?: TextFiles;
}

/** What lies beside tokenizer.json in a folder of Hugging Face's layout and is carried along as it is. */
export const TEXT_FILES = [
  'generation_config.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
] as const;
export type TextFiles = Readonly<Partial<Record<(typeof TEXT_FILES)[number], string>>>;

/** The adapters of a model that is trained by LoRA (adapter_model.safetensors, adapter_config.json, base.safetensors). */
export interface SavedAdapter {
  /** As PEFT spells it. */
  readonly config: { readonly [key: string]: Json };
  /** A and B of each adapted matrix, by PEFT's names. */
  readonly weights: NamedArrays;
  /** The adapted matrices as they were before training. */
  readonly base: NamedArrays;
}

/** A model that can be trained on: its optimizer and the step it has reached. Randomness is counter-based and needs no state. */
export interface SavedState extends SavedModel {
  readonly step: number;
  /** Moments by name (`m.<weight>`, `v.<weight>`). */
  readonly optimizer: NamedArrays;
  /** Counters that are not derived from the step, e.g. `tokensSeen`. */
  readonly counters: Readonly<Record<string, number>>;
  /** Where the run trains adapters; `weights` are then the merged ones. */
  readonly adapter?: SavedAdapter;
}
