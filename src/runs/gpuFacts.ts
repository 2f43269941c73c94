/** Reads what the last trial of the GPU found. A note that is missing, damaged or newer counts as none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GPU_FACTS_FILE, type GpuFacts } from '../protocol/gpuFacts.ts';
import { stateFolder } from './stateFolder.ts';

/** Null where no GPU was found, or nobody has looked: `valley doctor` and runs that may take a GPU do. */
export function readGpuFacts(env: NodeJS.ProcessEnv = process.env): GpuFacts | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(stateFolder(env), GPU_FACTS_FILE), 'utf8'));
    return isGpuFacts(value) ? value : null;
  } catch {
    return null; // there is nothing to read, or nothing readable
  }
}

function isGpuFacts(value: unknown): value is GpuFacts {
  if (typeof value !== 'object' || value === null) return false;
  const { v, time, name, isSoftware, hasFloat16, limits } = value as Record<string, unknown>;
  const isWhole = v === 1 && typeof time === 'number' && typeof name === 'string';
  return isWhole && typeof isSoftware === 'boolean' && typeof hasFloat16 === 'boolean' && isLimits(limits);
}

function isLimits(value: unknown): value is GpuFacts['limits'] {
  if (typeof value !== 'object') return false;
  if (value === null) return true;
  const { bindingBytes, bindings } = value as Record<string, unknown>;
  return isCount(bindingBytes) && isCount(bindings);
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0;
