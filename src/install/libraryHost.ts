/** Asks the host of libtensorflow for the file before npm's script does, which waits for a silent host without an end. */
import { request as requestPlainly } from 'node:http';
import { request as requestSafely } from 'node:https';
import { basename } from 'node:path';
import { InstallCancelled, InstallFailure } from './installFailure.ts';

const PATIENCE_MS = 20_000;
const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** Resolves when the host answers for the file. Throws InstallFailure `hostUnreachable` that names both. */
export async function checkHost(
  address: URL,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  // Behind a proxy only the script's own client knows the way.
  if (PROXIES.some((name) => env[name])) return;
  const problem = await problemOf(address, signal, patienceMs);
  if (signal.aborted) throw new InstallCancelled();
  if (problem !== null) throw hostUnreachable(address, problem);
}

export const hostUnreachable = (address: URL, why: string): InstallFailure =>
  new InstallFailure('hostUnreachable', [address.host, basename(address.pathname), why]);

/** Null where the host has the file. */
function problemOf(address: URL, signal: AbortSignal, patienceMs: number): Promise<string | null> {
  const request = address.protocol === 'https:' ? requestSafely : requestPlainly;
  const { promise, resolve } = withResolvers<string | null>();
  const asked = request(address, { method: 'HEAD', signal, timeout: patienceMs }, (response) => {
    const { statusCode = 0 } = response;
    response.resume();
    resolve(statusCode < 400 ? null : `HTTP ${statusCode}`);
  });
  asked.on('timeout', () => asked.destroy(new Error(`no answer in ${patienceMs / 1000} s`)));
  asked.on('error', (error) => resolve(error.message));
  asked.end();
  return promise;
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
