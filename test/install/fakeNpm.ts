/** An npm and a host of libtensorflow for tests: the npm is a script that downloads from the host as the real one would. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GPU_ENGINE } from '../../src/install/gpuEngine.ts';

/** What the fake npm is told through its environment. */
export interface FakeNpm {
  readonly registry?: 'down' | 'another package';
  readonly engine?: 'wrong' | 'silent';
}

export interface Call {
  readonly command: string;
  readonly args: readonly string[];
  readonly pid: number;
}

const SCRIPT = `
const { appendFileSync, existsSync, mkdirSync, writeFileSync, createWriteStream } = require('node:fs');
const { join } = require('node:path');
const { get } = require('node:http');
const { packageName, version, integrity, log, base, registry, engine } = JSON.parse(process.env.FAKE_NPM);
const [command, ...args] = process.argv.slice(2);
appendFileSync(log, JSON.stringify({ command, args, pid: process.pid }) + '\\n');
const inPlace = join('node_modules', packageName);
const fail = (...lines) => { console.error(lines.join('\\n')); process.exit(1); };
const index = (value) => 'module.exports = { version: { "tfjs-node": "' + version + '" }, backend: () => ({ binding: { TF_Version: "2.9.1" }, isUsingGpuDevice: false }), tensor2d: (x) => x, matMul: () => ({ dataSync: () => ' + value + ' }) };';
const finish = (folder) => {
  console.log('* Building TensorFlow Node.js bindings');
  const text = engine === 'wrong' ? index('[0, 0, 0, 0]') : engine === 'silent' ? 'process.exit(3)' : index('[7, 10, 15, 22]');
  writeFileSync(join(folder, 'index.js'), text);
};
if (command === 'install') {
  if (registry === 'down') fail('npm error code ECONNREFUSED', 'npm error network request to https://registry.example/x failed, reason: connect ECONNREFUSED');
  mkdirSync(inPlace, { recursive: true });
  writeFileSync(join(inPlace, 'package.json'), JSON.stringify({ name: packageName, version, main: 'index.js' }));
  const known = registry === 'another package' ? 'sha512-other' : integrity;
  writeFileSync('package-lock.json', JSON.stringify({ packages: { ['node_modules/' + packageName]: { version, integrity: known } } }));
} else if (command === 'rebuild') {
  console.log('* Downloading libtensorflow');
  mkdirSync(join(inPlace, 'deps', 'lib'), { recursive: true });
  get(base, (response) => {
    response.on('error', (error) => fail('Error: ' + error.code));
    response.pipe(createWriteStream(join(inPlace, 'deps', 'lib', 'libtensorflow.so'))).on('close', () => finish(inPlace));
  });
} else if (command === 'run') {
  if (!existsSync('deps/lib/libtensorflow.so')) fail('ld: cannot find -ltensorflow: error: no such file');
  finish('.');
}
`;

/** Writes the fake npm into a folder. `env` makes it what it is to be; `calls` tells how it was used. */
export function writeFakeNpm(folder: string, base: string, behaviour: FakeNpm) {
  const [npm, log] = [join(folder, 'npm-cli.cjs'), join(folder, 'npm.log')];
  writeFileSync(npm, SCRIPT);
  writeFileSync(log, '');
  const { packageName, version, integrity } = GPU_ENGINE;
  const told = { packageName, version, integrity, log, base, ...behaviour };
  const calls = (): Call[] =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Call);
  return { npm, env: { ...process.env, FAKE_NPM: JSON.stringify(told), TFJS_NODE_BASE_URI: base }, calls };
}

/** What the host does after it has agreed that it has the file. */
export type HostManner = 'gives' | 'stalls' | 'breaks off' | 'has nothing' | 'is silent';

/** A host on this machine; `base` is what TFJS_NODE_BASE_URI would be. */
export async function startHost(manner: HostManner) {
  const server = createServer(({ method }, response) => {
    if (manner === 'has nothing') response.writeHead(404).end();
    else if (manner !== 'is silent') answer(method === 'HEAD', manner, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { base: `http://127.0.0.1:${port}/libtensorflow-`, host: `127.0.0.1:${port}`, stop };
}

function answer(isHead: boolean, manner: HostManner, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 200_000 });
  if (isHead) response.end();
  else if (manner === 'gives') response.end(Buffer.alloc(200_000));
  else
    response.write(Buffer.alloc(100_000), () => manner === 'breaks off' && setTimeout(() => response.destroy(), 100));
}
