/** Looks for a GPU that WebGPU can compute on: in a short-lived process first, for a failing driver may abort it. */
import { existsSync } from 'node:fs';
import { probeOnnx, type Probe } from '../doctorProbe.ts';
import { adapterOf, type Adapter } from './adapterFacts.ts';
import { isHalfRight, limitsOf } from './probeModels.ts';
import { phrase, said, type Sentence } from '../../protocol/sentence.ts';
import { vulkanManifests } from './vulkanManifests.ts';

export type AdapterSearch =
  | { readonly kind: 'found'; readonly adapter: Adapter }
  /** There is no adapter. `hasHardware`: though there seems to be a GPU. */
  | { readonly kind: 'absent'; readonly why: Sentence; readonly hasHardware: boolean }
  /** Its driver crashes, hangs or computes wrongly. */
  | { readonly kind: 'broken'; readonly why: Sentence };

const DEADLINE_MS = 30_000;

/** Takes no time where Linux knows no Vulkan driver, else half a second. */
export const findAdapter = async (env: NodeJS.ProcessEnv = process.env): Promise<AdapterSearch> => {
  if (process.platform === 'linux' && !hasVulkanDriver(env))
    return {
      kind: 'absent',
      why: phrase('no Vulkan driver is registered (no file in vulkan/icd.d)'),
      hasHardware: hasGpuFile(),
    };
  return searchOf(await probeOnnx({ deadlineMs: DEADLINE_MS, env }), hasGpuFile());
};

/** What a probe of ONNX Runtime says about WebGPU, on a machine that has files of a GPU or not. */
export const searchOf = ({ told, ending, lastWords }: Probe, hasFile: boolean): AdapterSearch => {
  const facts = {
    adapter: typeof told['adapter'] === 'string' ? told['adapter'] : null,
    gpus: Array.isArray(told['gpus']) ? told['gpus'].filter((gpu) => typeof gpu === 'string') : [],
  };
  const { squares, webgpuError } = told;
  if (Array.isArray(squares)) {
    const adapter = adapterOf(facts);
    if (squares.join() === '1,4,9,16') return { kind: 'found', adapter: { ...adapter, ...abilitiesOf(told) } };
    return {
      kind: 'broken',
      why: said`${adapter.name} computes wrongly: the squares of 1 to 4 are ${squares.join(', ')}`,
    };
  }
  if (typeof webgpuError === 'string')
    return { kind: 'absent', why: adapterReason(webgpuError), hasHardware: facts.gpus.length > 0 || hasFile };
  const why =
    ending.kind === 'hung'
      ? phrase('the graphics driver did not answer in time')
      : said`the graphics driver ended the trial program (${lastWords || ending.kind})`;
  return { kind: 'broken', why };
};

const abilitiesOf = (told: Probe['told']): Pick<Adapter, 'hasFloat16' | 'limits'> => {
  const limits = limitsOf(told['largeError']);
  return { hasFloat16: isHalfRight(told['halves']), ...(limits && { limits }) };
};

/** The readable part of ONNX Runtime's words, without the place in its source. */
const adapterReason = (reason: string): Sentence => {
  const words = (/Failed to .*/.exec(reason)?.[0] ?? reason).split('\n')[0]?.slice(0, 300) ?? '';
  return /^Failed to get a WebGPU adapter/.test(words) ? said`no driver offers an adapter (${words})` : phrase(words);
};

/** Whether the Vulkan loader would find the manifest of any driver, where it looks for them on Linux. */
export const hasVulkanDriver = (env: NodeJS.ProcessEnv): boolean => vulkanManifests(env).files.length > 0;

/** Whether Linux has a file of a GPU: NVIDIA's, one of the kernel's own drivers, or Windows' under WSL. */
export const hasGpuFile = (): boolean =>
  ['/dev/nvidia0', '/dev/dri/renderD128', '/dev/dxg'].some((path) => existsSync(path));
