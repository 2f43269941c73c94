/** Reads which GPU answers out of what the Vulkan loader and ONNX Runtime write while they look for one. */

import type { DeviceLimits } from '../../engine/executor.ts';

export interface Adapter {
  readonly name: string;
  /** A program on the CPU that poses as a GPU: right, and slower than the CPU itself. */
  readonly isSoftware: boolean;
  /** Whether it computed rightly in 16 bits (WebGPU's feature shader-f16). */
  readonly hasFloat16?: boolean;
  /** Where it refused a large tensor in words that tell them. */
  readonly limits?: DeviceLimits;
}

export interface AdapterFacts {
  /** Name of the adapter that was opened through Vulkan; null where the loader did not say. */
  readonly adapter: string | null;
  /** GPUs that ONNX Runtime found among the machine's devices, whether or not they can be used. */
  readonly gpus: readonly string[];
}

/** The Vulkan loader (with VK_LOADER_DEBUG): `Using "llvmpipe (LLVM 15.0.6, 256 bits)" with driver: "…"`. */
const OPENED = /Using "([^"]+)" with driver:/;
/** ONNX Runtime at the log level info; type 1 is a GPU. */
const DISCOVERED = /Discovered OrtHardwareDevice \{vendor_id:\w+, device_id:(\w+), vendor:([^,]*), type:1\b/;
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render|\bwarp\b|software/i;

export const adapterFacts = (lines: readonly string[]): AdapterFacts => {
  const opened = lines.map((line) => OPENED.exec(line)?.[1]).filter((name) => name !== undefined);
  const gpus = lines.map((line) => DISCOVERED.exec(line)).filter((match) => match !== null);
  return {
    adapter: opened.at(-1) ?? null,
    gpus: gpus.map(([, device = '', vendor = '']) => `${vendor.trim() || 'unknown'} GPU ${device}`),
  };
};

/** Lines that are there only because they were asked for: none of them is a program's last words. */
export const isChatter = (line: string): boolean =>
  /^(?:\[Vulkan Loader\] )?(?:(?:DEBUG|INFO|DRIVER|LAYER|WARNING)(?: \| )?)+:/.test(line) ||
  /\[[VIW]:onnxruntime/.test(line) ||
  /^Warning: max\w+ artificially reduced/.test(line);

/** The adapter that computed in a probe. One without a name is taken for hardware only if the machine has a GPU. */
export const adapterOf = ({ adapter, gpus }: AdapterFacts): Adapter => {
  const [gpu] = gpus;
  if (adapter !== null) return { name: adapter, isSoftware: SOFTWARE.test(adapter) };
  return gpu === undefined ? { name: 'an adapter without a name', isSoftware: true } : { name: gpu, isSoftware: false };
};
