/** What `export` of the trainer answers: what it has written, or why it has not. */
import type { RunError } from './events.ts';

export type ExportReport =
  | {
      readonly type: 'exported';
      /** Absolute. */
      readonly folder: string;
      readonly step: number;
      readonly files: readonly { readonly name: string; readonly bytes: number }[];
    }
  | { readonly type: 'refused'; readonly error: RunError };

/** What is written: the whole model (adapters merged into it), the adapters alone as PEFT reads them, or the whole model as llama.cpp reads it. */
export const EXPORT_FORMS = ['model', 'adapter', 'gguf'] as const;
export type ExportForm = (typeof EXPORT_FORMS)[number];

export const EXPORT_DTYPES = ['float32', 'bfloat16', 'float16'] as const;
export type ExportDtype = (typeof EXPORT_DTYPES)[number];

/** How a GGUF file holds matrices. */
export const GGUF_TYPES = ['f32', 'f16', 'q8_0'] as const;
export type GgufType = (typeof GGUF_TYPES)[number];
