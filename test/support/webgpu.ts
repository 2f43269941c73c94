/** A WebGPU adapter for tests: the machine's own, or SwiftShader, the software that Debian's chromium brings. */
import { existsSync } from 'node:fs';
import type { Executor } from '../../src/engine/executor.ts';
import { findAdapter } from '../../src/trainer/executors/findAdapter.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

export interface WebgpuForTests {
  /** Null where no adapter can be had. */
  readonly executor: Executor | null;
  readonly name: string;
  /** Ends the name of a test that is left out, as the tally of `npm test` wants it: `(needs …: why there is none)`. */
  readonly missing: string;
}

/** Looks in other processes first. Sets the driver's variable for this one, which must not have used WebGPU before. */
export const webgpuForTests = async (): Promise<WebgpuForTests> => {
  const own = await findAdapter();
  if (own.kind === 'found') return made(own.adapter.name);
  const software = existsSync(SWIFTSHADER) ? await findAdapter({ ...process.env, VK_DRIVER_FILES: SWIFTSHADER }) : own;
  if (software.kind === 'found') {
    process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
    return made(software.adapter.name);
  }
  const why = software.why.replaceAll(/[()]/g, '');
  console.log(`not run: WebGPU: ${why}`);
  return { executor: null, name: 'webgpu', missing: `(needs a WebGPU adapter: ${why})` };
};

const made = async (adapter: string): Promise<WebgpuForTests> => ({
  executor: await createOnnxExecutor({ provider: 'webgpu', adapter, threads: 1 }),
  name: `webgpu on ${adapter}`,
  missing: '',
});
