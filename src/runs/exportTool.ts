/** Asks a short-lived trainer to take a model out of a checkpoint: the one way of the editor and the command line. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ExportDtype, ExportForm, ExportReport, GgufType } from '../protocol/exportReport.ts';
import { runTrainerTool } from './launch.ts';
import type { Runtime } from './runtime.ts';

export interface ExportRequest {
  /** Absolute path of a checkpoint. */
  readonly checkpoint: string;
  /** Absolute; must not be there yet. */
  readonly out: string;
  readonly form?: ExportForm;
  /** Of a model or its adapters. */
  readonly dtype?: ExportDtype;
  /** Of a GGUF file. */
  readonly gguf?: GgufType;
  readonly shardMegabytes?: number;
}

export interface ExportTool {
  readonly runtime: Runtime;
  /** Absolute path of the bundled trainer. */
  readonly trainer: string;
  /** Aborting ends the trainer. */
  readonly signal?: AbortSignal;
}

/** A large model takes its time to be read and written. */
const PATIENCE_MS = 60 * 60_000;

/** Rejects as `runTrainerTool` does and leaves nothing half-written; an expected failure is an answer. */
export async function exportCheckpoint(tool: ExportTool, request: ExportRequest): Promise<ExportReport> {
  try {
    const text = await runTrainerTool({ ...tool, args: exportArguments(request), timeoutMs: PATIENCE_MS });
    return JSON.parse(text) as ExportReport;
  } catch (error) {
    await clearBegun(request.out);
    throw error;
  }
}

function exportArguments({ checkpoint, out, form, dtype, gguf, shardMegabytes }: ExportRequest): string[] {
  const given = {
    '--checkpoint': checkpoint,
    '--out': out,
    '--form': form,
    '--dtype': dtype,
    '--gguf': gguf,
    '--shard-megabytes': shardMegabytes,
  };
  return [
    'export',
    ...Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])),
  ];
}

/** The trainer writes under a hidden name beside the folder, and is gone a moment after it was told to end. */
const ENDING_MS = 300;

async function clearBegun(out: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ENDING_MS));
  if (!existsSync(dirname(out))) return;
  const begun = (name: string): boolean =>
    name.startsWith(`.${basename(out)}.`) && /\.[0-9a-f]{12}$/.test(name.slice(basename(out).length + 1));
  for (const name of (await readdir(dirname(out))).filter(begun))
    await rm(join(dirname(out), name), { recursive: true, force: true, maxRetries: 5 });
}
