/** Where the Vulkan loader looks for the manifests of drivers (ICDs) on Linux, and which it finds. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface VulkanManifests {
  /** Folders that are searched; none where a variable names the files instead. */
  readonly folders: readonly string[];
  /** Manifests that the loader will read, whether or not they exist. */
  readonly files: readonly string[];
}

/** These take the place of the folders. The first is of newer loaders, the second of all. */
const INSTEAD = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;
const BESIDE = 'VK_ADD_DRIVER_FILES';

export const vulkanManifests = (env: NodeJS.ProcessEnv): VulkanManifests => {
  const instead = INSTEAD.map((name) => env[name]).find(Boolean);
  const folders = instead ? [] : searchedFolders(env);
  const named = [instead, env[BESIDE]].flatMap((list) => split(list ?? ''));
  return { folders, files: [...named, ...folders.flatMap(manifestsIn)] };
};

/** In the loader's order. */
const searchedFolders = (env: NodeJS.ProcessEnv): string[] => {
  const home = env['HOME'] ?? '';
  const lists = [
    env['XDG_CONFIG_HOME'] ?? (home && join(home, '.config')),
    env['XDG_CONFIG_DIRS'] ?? '/etc/xdg',
    '/etc:/usr/local/etc',
    env['XDG_DATA_HOME'] ?? (home && join(home, '.local', 'share')),
    env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share',
    '/usr/local/share:/usr/share',
  ];
  return [...new Set(lists.flatMap(split))].map((folder) => join(folder, 'vulkan', 'icd.d'));
};

const split = (list: string): string[] => list.split(delimiter).filter(Boolean);

const manifestsIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => join(folder, name))
    : [];
