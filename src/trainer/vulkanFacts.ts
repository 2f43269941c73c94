/** What Linux shows of a GPU and of the way to it through Vulkan: device files, the loader, drivers and the libraries they need. */
import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { isRecord, parse } from '../data/checkpointManifest.ts';
import { probe, type ProbeOptions } from './doctorProbe.ts';
import { vulkanManifests } from './executors/vulkanManifests.ts';

/** A library, and why the dynamic linker cannot load it; null if it can. */
export interface Library {
  readonly name: string;
  readonly problem: string | null;
}

export interface VulkanFacts {
  readonly loader: Library;
  readonly folders: readonly string[];
  /** `library` is null where the manifest cannot be read. */
  readonly drivers: readonly { readonly manifest: string; readonly library: Library | null }[];
  readonly devices: readonly { readonly path: string; readonly isOpen: boolean }[];
  readonly nvidia: NvidiaFacts | null;
}

/** Null where there is no trace of NVIDIA's driver. */
export interface NvidiaFacts {
  /** Version of the kernel's part, if it tells. */
  readonly version: string | null;
  /** The parts of the driver that programs load: for computing (CUDA), and for Vulkan. */
  readonly compute: Library;
  readonly graphics: readonly Library[];
  /** The variable NVIDIA_DRIVER_CAPABILITIES, which decides what a container gets; null where it is not set. */
  readonly capabilities: string | null;
}

export const VULKAN_LOADER = 'libvulkan.so.1';
/** Either serves Vulkan; the second without libX11. */
const NVIDIA_GRAPHICS = ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];
const NVIDIA_COMPUTE = 'libcuda.so.1';
const NVIDIA_VERSION = '/proc/driver/nvidia/version';

/** Null where Vulkan is not the way to the GPU. Loads drivers in another process, which a broken one may take with it. */
export async function vulkanFacts(options: ProbeOptions): Promise<VulkanFacts | null> {
  if (process.platform !== 'linux') return null;
  const env = options.env ?? process.env;
  const { folders, files } = vulkanManifests(env);
  const manifests = files.map((manifest) => ({ manifest, path: libraryIn(manifest) }));
  const paths = manifests.flatMap(({ path }) => path ?? []);
  const libraries = await tried([VULKAN_LOADER, NVIDIA_COMPUTE, ...NVIDIA_GRAPHICS, ...paths], options);
  const devices = deviceFiles().map((path) => ({ path, isOpen: isOpen(path) }));
  return {
    loader: libraries(VULKAN_LOADER),
    folders,
    drivers: manifests.map(({ manifest, path }) => ({ manifest, library: path === null ? null : libraries(path) })),
    devices,
    nvidia: nvidiaFacts(
      libraries,
      env,
      devices.some(({ path }) => path.startsWith('/dev/nvidia')),
    ),
  };
}

function nvidiaFacts(
  libraries: (name: string) => Library,
  env: NodeJS.ProcessEnv,
  hasDevice: boolean,
): NvidiaFacts | null {
  const compute = libraries(NVIDIA_COMPUTE);
  if (!hasDevice && !existsSync(NVIDIA_VERSION) && compute.problem !== null) return null;
  const told = existsSync(NVIDIA_VERSION) ? readFileSync(NVIDIA_VERSION, 'utf8') : '';
  return {
    version: /\b\d{3}\.\d+(\.\d+)?\b/.exec(told)?.[0] ?? null,
    compute,
    graphics: NVIDIA_GRAPHICS.map(libraries),
    capabilities: env['NVIDIA_DRIVER_CAPABILITIES'] ?? null,
  };
}

/** What a manifest names as its library: a path, or a name for the dynamic linker; null if it is no manifest. */
function libraryIn(manifest: string): string | null {
  if (!existsSync(manifest)) return null;
  const driver = recordIn(parse(readFileSync(manifest, 'utf8')), 'ICD');
  const path = driver?.['library_path'];
  if (typeof path !== 'string') return null;
  return path.includes('/') && !isAbsolute(path) ? join(dirname(manifest), path) : path;
}

function recordIn(value: unknown, key: string): Readonly<Record<string, unknown>> | null {
  const inner = isRecord(value) ? value[key] : null;
  return isRecord(inner) ? inner : null;
}

const deviceFiles = (): string[] => {
  const inFolder = (folder: string, pattern: RegExp): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => pattern.test(name))
          .map((name) => join(folder, name))
      : [];
  return [...inFolder('/dev', /^(nvidia(\d+|ctl|-uvm)|dxg)$/), ...inFolder('/dev/dri', /^renderD\d+$/)].toSorted();
};

function isOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

// A library that is no module of Node's is loaded all the same, and then refused in words of its own.
const LOADING_SCRIPT = `
const tell = (facts) => require('node:fs').writeSync(1, JSON.stringify(facts) + '\\n');
for (const name of JSON.parse(process.argv[1])) {
  try {
    process.dlopen({ exports: {} }, name);
    tell({ [name]: null });
  } catch (error) {
    tell({ [name]: /did not self-register/.test(error.message) ? null : error.message });
  }
}
process.exit(0);
`;

/** Each library on its own, so that one that ends the process is known. */
async function tried(names: readonly string[], options: ProbeOptions): Promise<(name: string) => Library> {
  const distinct = [...new Set(names)];
  const { told, ending } = await probe(LOADING_SCRIPT, [JSON.stringify(distinct)], options);
  const fatal = distinct.find((name) => told[name] === undefined);
  const ended = ending.kind === 'hung' ? 'no answer in time' : 'the process ended while it was loaded';
  return (name) => {
    const problem = told[name];
    if (problem === null || typeof problem === 'string') return { name, problem };
    return { name, problem: name === fatal ? ended : `not tried after ${fatal}` };
  };
}
