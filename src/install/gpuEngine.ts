/** The GPU engine: which package it is, what its install script fetches and from where, and the folders it is looked for in. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { stateFolder } from '../runs/stateFolder.ts';

/** Exactly this, whatever is newer; the integrity is that of the registry's own entry. */
export const GPU_ENGINE = {
  packageName: '@tensorflow/tfjs-node-gpu',
  version: '4.22.0',
  integrity: 'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
} as const;

/** What the install script downloads, as tfjs-node 4.22 puts it together. */
const LIBRARY_FILES: Readonly<Record<string, string>> = {
  'linux-x64': 'gpu-linux-x86_64-2.9.1.tar.gz',
  'win32-x64': 'gpu-windows-x86_64-2.9.1.zip',
};
const LIBRARY_HOST = 'https://storage.googleapis.com/';

/** Address of the libtensorflow with CUDA for a platform; null where none is built. The variables are those of tfjs-node. */
export function libraryAddress(platform: string, arch: string, env: NodeJS.ProcessEnv): URL | null {
  const file = LIBRARY_FILES[`${platform}-${arch}`];
  if (file === undefined) return null;
  const host = env['TFJS_NODE_CDN_STORAGE'] || env['CDN_STORAGE'] || LIBRARY_HOST;
  return new URL(`${env['TFJS_NODE_BASE_URI'] || `${host}tensorflow/libtensorflow/libtensorflow-`}${file}`);
}

/** Names the folder of an engine, e.g. the one that the editor has installed, to a trainer. */
export const ENGINE_VARIABLE = 'VALLEY_GPU_ENGINE';

/** Where the command line installs the engine. */
export const ownEngineFolder = (env: NodeJS.ProcessEnv): string => join(stateFolder(env), 'gpu-engine');

/** Folders that hold a node_modules with the engine, the likeliest first; none of them need be there. */
export const engineFolders = (env: NodeJS.ProcessEnv): readonly string[] =>
  [env[ENGINE_VARIABLE] ?? '', ownEngineFolder(env)].filter((folder) => folder !== '');

/** The main file of a package in one of the folders or beside the program at `besideUrl`; null if it is in none. */
export function findEngine(packageName: string, env: NodeJS.ProcessEnv, besideUrl: string): string | null {
  const froms = engineFolders(env).map((folder) => join(folder, 'package.json'));
  for (const from of [...froms, besideUrl]) {
    const found = resolved(packageName, from);
    if (found !== null) return found;
  }
  return null;
}

function resolved(packageName: string, from: string): string | null {
  try {
    return createRequire(from).resolve(packageName);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}
