/** From what npm and node-gyp print when they fail to a failure that names what could not be had. */
import { GPU_ENGINE } from './gpuEngine.ts';
import { InstallFailure } from './installFailure.ts';

const SPEC = `${GPU_ENGINE.packageName}@${GPU_ENGINE.version}`;

/** npm says which address it asked and what went wrong; a full disk is told apart. */
export function registryFailure(output: string, place: string): InstallFailure {
  const disk = /\b(ENOSPC|EACCES|EROFS|EDQUOT)\b.*/.exec(output);
  if (disk) return new InstallFailure('cannotWrite', [place, disk[0]]);
  const asked = /https?:\/\/[^\s/]+/.exec(output)?.[0] ?? '(npm config get registry)';
  const why = /reason: (.+)|npm (?:error|ERR!) (E?\d{3} .+)|npm (?:error|ERR!) code (\w+)/.exec(output);
  return new InstallFailure('registryUnreachable', [
    asked.replace(/^https?:\/\//, ''),
    SPEC,
    why?.slice(1).find(Boolean) ?? lastLine(output),
  ]);
}

export const buildFailure = (output: string): InstallFailure =>
  new InstallFailure('buildFailed', [GPU_ENGINE.packageName, errorLine(output) ?? lastLine(output)]);

/** The line that names the cause; npm's own come after it. */
const errorLine = (output: string): string | undefined =>
  output
    .split('\n')
    .find((line) => /\berror:|\bnot found\b|ERR! stack Error|gyp ERR! stack/i.test(line))
    ?.trim()
    .slice(0, 300);

const lastLine = (output: string): string => output.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
