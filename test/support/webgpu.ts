/** A WebGPU adapter for tests: the machine's own, or SwiftShader, the software that Debian's chromium brings. */
import { existsSync } from 'node:fs';
import type { Executor } from '../../src/engine/executor.ts';
import { english } from '../../src/protocol/sentence.ts';
import type { Adapter } from '../../src/trainer/executors/adapterFacts.ts';
import { findAdapter } from '../../src/trainer/executors/findAdapter.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

export interface WebgpuForTests {
  /** Null where no adapter can be had. */
  readonly executor: Executor | null;
  readonly name: string;
  /** Ends the name of a test that is left out, as the tally of `npm test` wants it: `(needs …: why there is none)`. */
  readonly missing: string;
  /** The same adapter with training passes in 16 bits; null where it has none. */
  readonly small: Executor | null;
  /** Likewise for 16 bits. */
  readonly missingSmall: string;
}

/** Looks in other processes first. Sets the driver's variable for this one, which must not have used WebGPU before. */
export const webgpuForTests = async (): Promise<WebgpuForTests> => {
  const own = await findAdapter();
  if (own.kind === 'found') return made(own.adapter);
  const software = existsSync(SWIFTSHADER) ? await findAdapter({ ...process.env, VK_DRIVER_FILES: SWIFTSHADER }) : own;
  if (software.kind === 'found') {
    process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
    return made(software.adapter);
  }
  const why = english(software.why).replaceAll(/[()]/g, '');
  console.log(`not run: WebGPU: ${why}`);
  const missing = `(needs a WebGPU adapter: ${why})`;
  return { executor: null, name: 'webgpu', missing, small: null, missingSmall: missing };
};

const made = async ({ name, hasFloat16 = false, limits }: Adapter): Promise<WebgpuForTests> => {
  const options = { provider: 'webgpu', adapter: name, threads: 1, ...(limits && { limits }) } as const;
  if (!hasFloat16) console.log(`not run: 16 bits on WebGPU: ${name} has no shader-f16`);
  return {
    executor: await createOnnxExecutor(options),
    name: `webgpu on ${name}`,
    missing: '',
    small: hasFloat16 ? await createOnnxExecutor({ ...options, precision: 'f16' }) : null,
    missingSmall: hasFloat16 ? '' : `(needs an adapter with shader-f16: ${name} has none)`,
  };
};
