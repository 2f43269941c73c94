/** In what forms a checkpoint can leave, as a person chooses among them: the form first, then the precision. */
import { join } from 'node:path';
import { EXPORT_DTYPES, type ExportDtype, GGUF_TYPES, type GgufType } from '../protocol/exportReport.ts';
import type { ExportRequest } from '../runs/exportTool.ts';
import type { CheckpointOnDisk } from './checkpointList.ts';
import type { PickItem } from './pickItems.ts';
import type { Say } from './say.ts';

/** What a person has chosen. */
export type ExportChoice = Pick<ExportRequest, 'form' | 'dtype' | 'gguf'>;

export type ExportKind = 'folder' | 'adapter' | 'gguf';

/** Adapters only where the checkpoint has them. */
export function exportKinds({ hasAdapter }: CheckpointOnDisk, say: Say): PickItem<ExportKind>[] {
  const merged = hasAdapter ? say('adapters merged into the model') : '';
  const folder = item(
    'folder',
    'package',
    say('Hugging Face folder'),
    merged,
    say('for transformers, and to train on from'),
  );
  const adapter = item(
    'adapter',
    'extensions',
    say('LoRA adapters'),
    '',
    say('for PEFT, beside the model they were trained on'),
  );
  const gguf = item('gguf', 'file-binary', say('GGUF file'), merged, say('for llama.cpp and what is built on it'));
  return hasAdapter ? [folder, adapter, gguf] : [folder, gguf];
}

const item = (
  value: ExportKind,
  icon: string,
  label: string,
  description: string,
  detail: string,
): PickItem<ExportKind> => ({ label: `$(${icon}) ${label}`, description, detail, value });

export function exportPrecisions(kind: ExportKind, say: Say): PickItem<ExportChoice>[] {
  if (kind === 'gguf') return GGUF_TYPES.map((gguf) => precision(gguf, ggufDetail(gguf, say), { form: 'gguf', gguf }));
  const form = kind === 'adapter' ? 'adapter' : 'model';
  return EXPORT_DTYPES.map((dtype) => precision(dtype, dtypeDetail(dtype, say), { form, dtype }));
}

const precision = (label: string, detail: string, value: ExportChoice): PickItem<ExportChoice> => ({
  label,
  description: '',
  detail,
  value,
});

function dtypeDetail(dtype: ExportDtype, say: Say): string {
  switch (dtype) {
    case 'float32':
      return say('exactly as trained: 4 bytes a parameter');
    case 'bfloat16':
      return say('half the size, rounded to 8 bits of fraction; what most models are published in');
    case 'float16':
      return say('half the size, rounded to 11 bits of fraction; refused where a weight is too large for it');
    default:
      return dtype satisfies never;
  }
}

function ggufDetail(gguf: GgufType, say: Say): string {
  switch (gguf) {
    case 'f32':
      return say('exactly as trained: 4 bytes a parameter');
    case 'f16':
      return say('half the size, rounded to 11 bits of fraction; refused where a weight is too large for it');
    case 'q8_0':
      return say('about a quarter of the size: 8 bits a weight, with a scale for each 32');
    default:
      return gguf satisfies never;
  }
}

/** A folder's name that tells run, step and form. */
export function exportName(run: string, { step }: CheckpointOnDisk, { form, dtype, gguf }: ExportChoice): string {
  const plain = run.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
  const kind = form === 'gguf' ? `gguf-${gguf}` : form === 'adapter' ? `adapter-${dtype}` : dtype;
  return `${plain === '' ? 'model' : plain.slice(0, 60)}-step-${step}-${kind}`;
}

/** What is wrong with a folder's name beside others, or null. */
export function nameProblem(name: string, parent: string, exists: (path: string) => boolean, say: Say): string | null {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.startsWith('.') || /[/\\:*?"<>|]/.test(trimmed))
    return say('A plain name of a folder is needed.');
  return exists(join(parent, trimmed)) ? say('{0} is already there.', trimmed) : null;
}
