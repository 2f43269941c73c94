/** Why the GPU engine could not be installed: one sentence and one remedy per code, in words that are translated where they are shown. */

export type InstallFailureCode =
  | 'unsupported'
  | 'noNpm'
  | 'cannotWrite'
  | 'registryUnreachable'
  | 'hostUnreachable'
  | 'anotherPackage'
  | 'badLibrary'
  | 'buildFailed'
  | 'cannotLoad'
  | 'inUse';

export interface InstallFailureText {
  /** English, the key of its translation; `{0}` … stand for the arguments of the failure. */
  readonly sentence: string;
  readonly remedy: string;
}

const RECIPE = 'Try again later, or use a libtensorflow of your own: the recipe tells how.';
const TEXTS: Readonly<Record<InstallFailureCode, InstallFailureText>> = {
  unsupported: {
    sentence: 'There is no libtensorflow with CUDA to download for this platform ({0}).',
    remedy:
      'Runs use the GPU through WebGPU without it. On Linux a libtensorflow of your own can be used: see the recipe.',
  },
  noNpm: {
    sentence: 'npm was not found beside {0}.',
    remedy:
      'Install Node.js 20 or newer with npm, and put both on the PATH or name Node.js in the setting valley.nodePath.',
  },
  cannotWrite: {
    sentence: 'The engine cannot be written to {0}: {1}',
    remedy: 'Free some space, or give your account the right to write there.',
  },
  registryUnreachable: {
    sentence: 'The npm registry {0} cannot be reached, which holds {1}: {2}',
    remedy: 'Check the network and the proxy (npm config get registry, npm config get proxy), then try again.',
  },
  hostUnreachable: {
    sentence: 'The host {0} cannot be reached, from which {1} is downloaded: {2}',
    remedy: RECIPE,
  },
  anotherPackage: {
    sentence: 'The npm registry gave another {0} than the one that is known here ({1}). None of its scripts was run.',
    remedy: 'Check which registry npm uses (npm config get registry).',
  },
  badLibrary: {
    sentence: 'The folder {0} holds no libtensorflow that can be used: {1} is missing.',
    remedy: 'Name the folder of an unpacked libtensorflow, or of the Python package tensorflow: the recipe tells how.',
  },
  buildFailed: {
    sentence: 'The part of {0} that calls libtensorflow could not be had: {1}',
    remedy:
      'It is downloaded, or else compiled with g++, make and python3 and the headers of Node.js: install these and try again.',
  },
  cannotLoad: {
    sentence: 'The engine was fetched but does not compute, and was removed again: {0}',
    remedy: RECIPE,
  },
  inUse: {
    sentence: 'The engine that is installed in {0} cannot be replaced: {1}',
    remedy: 'End the runs that use it and try again.',
  },
};

export class InstallFailure extends Error {
  override readonly name = 'InstallFailure';
  readonly code: InstallFailureCode;
  readonly args: readonly string[];

  constructor(code: InstallFailureCode, args: readonly string[]) {
    super(TEXTS[code].sentence.replace(/\{(\d)\}/g, (whole, index: string) => args[Number(index)] ?? whole));
    this.code = code;
    this.args = args;
  }

  get text(): InstallFailureText {
    return TEXTS[this.code];
  }
}

/** The person ended the installation: nothing is to be said, and nothing is left behind. */
export class InstallCancelled extends Error {
  override readonly name = 'InstallCancelled';
}
