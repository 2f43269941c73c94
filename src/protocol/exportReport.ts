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

/** What is written: the whole model (adapters merged into it), or the adapters alone as PEFT reads them. */
export const EXPORT_FORMS = ['model', 'adapter'] as const;
export type ExportForm = (typeof EXPORT_FORMS)[number];

export const EXPORT_DTYPES = ['float32', 'bfloat16', 'float16'] as const;
export type ExportDtype = (typeof EXPORT_DTYPES)[number];
