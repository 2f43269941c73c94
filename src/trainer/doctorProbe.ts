/** Tries native libraries out in short-lived child processes: a broken driver may abort or hang, and must not take the doctor with it. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isRecord, parse } from '../data/checkpointManifest.ts';
import { findEngine } from '../install/gpuEngine.ts';
import { TRIAL_SCRIPT } from '../install/trial.ts';
import { adapterFacts, isChatter } from './executors/adapterFacts.ts';
import { onnxModel } from './executors/onnxModel.ts';
import { probeModels } from './executors/probeModels.ts';

/** What a child said before it ended, and how it ended. */
export interface Probe {
  /** Its lines of JSON objects, joined into one. */
  readonly told: Readonly<Record<string, unknown>>;
  readonly ending:
    | { readonly kind: 'exited' }
    | { readonly kind: 'died'; readonly how: string }
    | { readonly kind: 'hung' };
  /** The last line of its error output. */
  readonly lastWords: string;
}

export interface ProbeOptions {
  readonly deadlineMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

// Tells version and providers first, then squares four numbers on WebGPU, again in 16 bits, and asks for a tensor that
// no device takes, as the words of the refusal hold its limits: what is told survives an abort.
const ONNX_SCRIPT = `
const ort = require(process.argv[1]);
ort.env.logLevel = 'info';
const tell = (facts) => require('node:fs').writeSync(1, JSON.stringify(facts) + '\\n');
tell({ version: ort.env.versions.node, backends: ort.listSupportedBackends() });
(async () => {
  const options = { executionProviders: ['webgpu'], logSeverityLevel: 4 };
  const session = await ort.InferenceSession.create(Buffer.from(process.argv[2], 'base64'), options);
  const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4), [4]) });
  tell({ squares: [...y.data] });
  const tried = async (model, feeds, more) => {
    const trial = await ort.InferenceSession.create(Buffer.from(model, 'base64'), { ...options, ...more });
    return Object.values(await trial.run(feeds))[0];
  };
  const words = (error) => String(error.message ?? error);
  const whole = { extra: { session: { disable_cpu_ep_fallback: '1' } } };
  const x = new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4), [4]);
  await tried(process.argv[3], { x }, whole).then((y) => tell({ halves: [...y.data] }), (error) => tell({ float16Error: words(error) }));
  const one = new ort.Tensor('float32', Float32Array.of(1), [1]);
  const there = { preferredOutputLocation: { y: 'gpu-buffer' } };
  await tried(process.argv[4], { x: one }, there).then(() => tell({ largeError: null }), (error) => tell({ largeError: words(error) }));
})().catch((error) => tell({ webgpuError: String(error.message ?? error) })).finally(() => process.exit(0));
`;

/** Has the Vulkan loader say which adapter is opened: ONNX Runtime does not. */
const TALKATIVE = { VK_LOADER_DEBUG: 'layer,driver' };

/** Tells `version`, `backends`, `squares` or `webgpuError`, then `halves` or `float16Error` and `largeError`, and `adapter` and `gpus` as `adapterFacts` reads them. */
export async function probeOnnx({ deadlineMs, env = process.env }: ProbeOptions): Promise<Probe> {
  const models = probeModels.map((graph) => Buffer.from(onnxModel(graph)).toString('base64'));
  const args = [findPackage('onnxruntime-node') ?? 'onnxruntime-node', ...models];
  const { told, ending, lines } = await execute(ONNX_SCRIPT, args, { deadlineMs, env: { ...env, ...TALKATIVE } });
  const lastWords = lines.filter((line) => line.trim() && !isChatter(line)).at(-1) ?? '';
  return { told: { ...told, ...adapterFacts(lines) }, ending, lastWords };
}

/** Tells what `TRIAL_SCRIPT` tells; null if the package is in none of the places where the trainer looks for it. */
export async function probeTensorflow(name: string, options: ProbeOptions): Promise<Probe | null> {
  const path = findEngine(name, options.env ?? process.env, import.meta.url);
  return path === null ? null : probe(TRIAL_SCRIPT, [path], options);
}

/** Path of a package's main file as this program would load it, or null. */
function findPackage(name: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** Folder of onnxruntime-node's native parts for this platform, or null. */
export function onnxNativeFolder(): string | null {
  const main = findPackage('onnxruntime-node');
  return main && join(main, '..', '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** Runs a script in a fresh runtime of the same kind until it ends or the deadline passes. */
export async function probe(script: string, args: readonly string[], options: ProbeOptions): Promise<Probe> {
  const { told, ending, lines } = await execute(script, args, options);
  return { told, ending, lastWords: lines.filter((line) => line.trim()).at(-1) ?? '' };
}

/** What a probe is made from; `lines` are those of its error output. */
type Execution = Pick<Probe, 'told' | 'ending'> & { readonly lines: readonly string[] };

function execute(
  script: string,
  args: readonly string[],
  { deadlineMs, env = process.env }: ProbeOptions,
): Promise<Execution> {
  const settings = {
    timeout: deadlineMs,
    killSignal: 'SIGKILL' as const,
    env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
    windowsHide: true,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', script, '--', ...args], settings, (error, stdout, stderr) => {
      const facts = stdout.split('\n').map(parse).filter(isRecord);
      resolve({ told: Object.assign({}, ...facts), ending: endingOf(error), lines: stderr.trim().split('\n') });
    });
  });
}

function endingOf(error: (Error & { killed?: boolean; signal?: unknown; code?: unknown }) | null): Probe['ending'] {
  if (error === null) return { kind: 'exited' };
  if (error.killed) return { kind: 'hung' };
  return { kind: 'died', how: String(error.signal ?? error.code) };
}
