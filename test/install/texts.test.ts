import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { valley } from '../../src/cli/valley.ts';
import { InstallFailure, type InstallFailureCode } from '../../src/install/installFailure.ts';
import type { InstallPhase } from '../../src/install/installGpuEngine.ts';
import { phaseText } from '../../src/install/phaseText.ts';
import type { Strings } from '../../src/protocol/translate.ts';
import { quietConsole } from '../support/quietConsole.ts';

const korean = JSON.parse(readFileSync('l10n/ko/install.json', 'utf8')) as Record<string, string>;
const codes: Readonly<Record<InstallFailureCode, number>> = {
  unsupported: 1,
  noNpm: 1,
  cannotWrite: 2,
  registryUnreachable: 3,
  hostUnreachable: 3,
  anotherPackage: 2,
  badLibrary: 2,
  buildFailed: 2,
  cannotLoad: 1,
  inUse: 2,
};
const phases: Readonly<Record<InstallPhase, number>> = { checking: 0, packages: 0, library: 1, building: 0, trying: 0 };
const failures = Object.entries(codes) as [InstallFailureCode, number][];
const places = (text = ''): string[] => (text.match(/\{\d\}/g) ?? []).toSorted();

test.each(failures)('%s fills every place of its sentence, and names a remedy', (code, count) => {
  const failure = new InstallFailure(code, ['one', 'two', 'three'].slice(0, count));
  expect(failure.message).not.toMatch(/[{}]/);
  for (const arg of failure.args) expect(failure.message).toContain(arg);
  expect(failure.text.remedy).toMatch(/[.]$/);
});

test('every sentence of the installation is there in Korean with the same places, and none is left over', () => {
  const used = new Set(failures.flatMap(([code]) => Object.values(new InstallFailure(code, []).text) as string[]));
  const listening: Strings = new Proxy(
    {},
    { getOwnPropertyDescriptor: (_, key) => (used.add(String(key)), undefined) },
  );
  for (const phase of Object.keys(phases) as InstallPhase[])
    for (const megabytes of [0, 50]) phaseText(phase, megabytes, listening);
  for (const sentence of used) expect(places(korean[sentence]), sentence).toEqual(places(sentence));
  expect(Object.keys(korean).filter((sentence) => !used.has(sentence))).toEqual([]);
});

test('on the command line nothing is fetched without --yes: what would run is spelled out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'valley-install-cli-'));
  const said = { out: '', err: '' };
  const console = quietConsole(folder, { out: (text) => (said.out += text), err: (text) => (said.err += text) });
  const before = process.env['VALLEY_STATE_DIR'];
  process.env['VALLEY_STATE_DIR'] = folder;
  try {
    expect(await valley(['install-gpu-engine'], () => '0', console)).toBe(2);
    expect(said.out).toContain(`npm fetches @tensorflow/tfjs-node-gpu 4.22.0 into ${join(folder, 'gpu-engine')}.`);
    expect(said.out).toContain('The install scripts of this one package are run, of no other');
    expect(said.err).toContain('Add --yes');
    const lacking = ['install-gpu-engine', '--yes', '--libtensorflow', 'nowhere'];
    expect(await valley(lacking, () => '0', console)).toBe(1);
    const words = process.platform === 'linux' ? 'libtensorflow_cc.so.2 is missing' : 'no libtensorflow with CUDA';
    expect(said.err).toContain(words);
  } finally {
    if (before === undefined) delete process.env['VALLEY_STATE_DIR'];
    else process.env['VALLEY_STATE_DIR'] = before;
    rmSync(folder, { recursive: true });
  }
});
