/** Programs and libraries of the operating system that tests and the workbench need: found, installed by apt where that is allowed, or asked for in words. */
import { existsSync } from 'node:fs';
import { Refusal, mustRun, run, say, which } from './shell.mjs';

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];
const MAC_BROWSERS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The path of a Chromium, installed first where there is none and apt may.
 * @returns {Promise<string>}
 */
export async function chromium() {
  const found = findChromium();
  if (found) return found;
  await apt(['chromium'], 'Chromium, the browser that shows the workbench in tests (about 350 MB)');
  const installed = findChromium();
  if (installed) return installed;
  throw new Refusal(
    'Chromium was installed, but no program named chromium is on PATH. Name it in the variable CHROMIUM.',
  );
}

/** A Chromium on this machine, or null. The variable CHROMIUM goes first. */
export function findChromium() {
  const named = process.env['CHROMIUM'];
  if (named) return which(named) ?? named;
  const onPath = CHROMIUM_NAMES.map(which).find((path) => path !== null);
  return onPath ?? MAC_BROWSERS.find(existsSync) ?? null;
}

/** The Vulkan driver of software that Debian's Chromium brings. */
export const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * What lets WebGPU run in tests on a machine without a GPU: the Vulkan loader, and a driver of software where Chromium brings none.
 * Without it those tests count as not run: nothing is demanded.
 */
export async function vulkan() {
  if (process.platform !== 'linux' || (await hasVulkanLoader())) return;
  const packages = ['libvulkan1', ...(existsSync(SWIFTSHADER) ? [] : ['mesa-vulkan-drivers'])];
  try {
    await apt(packages, `${packages.join(', ')}: WebGPU without a GPU, for tests`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(`tests that need WebGPU are not run. ${error.message}`);
  }
}

async function hasVulkanLoader() {
  const ldconfig = which('ldconfig') ?? '/sbin/ldconfig';
  const { output } = await run(ldconfig, ['-p'], { quiet: true });
  return output.includes('libvulkan.so.1');
}

/** What compiles the two native pieces of the workbench's server. */
export async function compiler() {
  const missing = [
    ['g++', 'g++'],
    ['make', 'make'],
    ['python3', 'python3'],
  ].flatMap(([program = '', debian = '']) => (which(program) ? [] : [debian]));
  if (missing.length > 0)
    await apt(missing, `${missing.join(', ')}: compiles two native pieces of the workbench's server`);
}

/**
 * Installs Debian packages, or refuses with the sentence that says what the person can do.
 * @param {readonly string[]} packages
 * @param {string} what
 */
async function apt(packages, what) {
  const prefix = await privilege();
  const byHand = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!which('apt-get'))
    throw new Refusal(`This needs ${what}. It is not on PATH and there is no apt-get here to install it.`);
  if (!prefix)
    throw new Refusal(`This needs ${what}. Installing it takes root: run \`sudo ${byHand}\` once and try again.`);
  say(`installing ${what} by apt.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const command = prefix[0] ?? 'apt-get';
  const before = prefix.length > 0 ? [...prefix.slice(1), 'apt-get'] : [];
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  await mustRun('apt-get update', command, [...before, ...wait, '-qq', 'update'], { env, quiet: true });
  const install = [...before, ...wait, '-qq', 'install', '-y', '--no-install-recommends', ...packages];
  await mustRun('apt-get install', command, install, { env, quiet: true });
}

/** What stands before apt-get: nothing for root, sudo where it asks for no password, null where neither works. */
async function privilege() {
  if (process.getuid?.() === 0) return [];
  if (!which('sudo')) return null;
  const { code } = await run('sudo', ['-n', 'true'], { quiet: true });
  return code === 0 ? ['sudo', '-n'] : null;
}
