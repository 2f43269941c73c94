import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BENCHMARK_NAMES } from '../../src/config/benchmarkSchema.ts';

interface Manifest {
  readonly extensionKind: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: object };
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, object>> };
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly key?: string }[]>>;
    readonly keybindings: readonly { readonly command: string; readonly key?: string }[];
    readonly walkthroughs: readonly { readonly steps: readonly object[] }[];
  };
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const manifest = read('package.json') as Manifest;
const english = read('package.nls.json') as Record<string, string>;
const korean = read('package.nls.ko.json') as Record<string, string>;
const sources = readdirSync('src/extension', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`src/extension/${name}`, 'utf8'));
const commandIds = [...readFileSync('src/extension/commands/index.ts', 'utf8').matchAll(/'(valley\.\w+)':/g)].map(
  ([, id = '']) => id,
);

const benchmarkSettings = BENCHMARK_NAMES.map((name) => `valley.benchmarks.${name}`);

test('every published benchmark has a setting for its file', () => {
  const { properties } = manifest.contributes.configuration;
  const known = Object.keys(properties).filter((name) => name.startsWith('valley.benchmarks.'));
  expect(known).toEqual(benchmarkSettings);
  for (const name of known)
    expect(properties[name]).toMatchObject({ type: 'string', default: '', scope: 'machine-overridable' });
});

test('every command of the manifest is registered, and the other way round', () => {
  const declared = manifest.contributes.commands.map(({ command }) => command);
  expect([...declared].sort()).toEqual([...commandIds].sort());
});

test('menus and keys name commands that exist, and no key is taken twice', () => {
  const entries = [...Object.values(manifest.contributes.menus).flat(), ...manifest.contributes.keybindings];
  for (const { command } of entries) expect(commandIds).toContain(command);
  const keys = entries.flatMap(({ key }) => key ?? []);
  expect(new Set(keys).size).toBe(keys.length);
});

test('all texts of the manifest exist in English and Korean, and none is left over', () => {
  const used = [...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? '');
  expect(Object.keys(english).sort()).toEqual([...new Set(used)].sort());
  expect(Object.keys(korean).sort()).toEqual(Object.keys(english).sort());
});

test('pictures that the manifest names are there', () => {
  for (const [, file = ''] of JSON.stringify(manifest).matchAll(/"(media\/[^"]+)"/g))
    expect(existsSync(file), file).toBe(true);
});

test('a walkthrough has at most five steps, and trust is limited with the paths of programs and files restricted', () => {
  for (const { steps } of manifest.contributes.walkthroughs) expect(steps.length).toBeLessThanOrEqual(5);
  expect(manifest.capabilities.untrustedWorkspaces).toMatchObject({
    supported: 'limited',
    restrictedConfigurations: ['valley.nodePath', 'valley.gpuEnginePath', ...benchmarkSettings],
  });
  expect(manifest.extensionKind).toEqual(['workspace']);
});

test('every sentence that the extension says has a Korean one, with the same places for arguments', () => {
  const known: Record<string, string> = Object.assign(
    {},
    ...readdirSync('l10n/ko').map((name) => read(`l10n/ko/${name}`)),
  );
  const own = read('l10n/ko/extension.json') as Record<string, string>;
  const said = sources.flatMap((source) =>
    [...source.matchAll(/\bsay\(\s*'((?:[^'\\]|\\.)*)'/g)].map(([, text = '']) => unescape(text)),
  );
  expect(said.length).toBeGreaterThan(80);
  for (const sentence of said) expect(known[sentence], sentence).toBeTypeOf('string');
  for (const [sentence, translated] of Object.entries(own))
    expect(places(translated), sentence).toEqual(places(sentence));
});

const unescape = (text: string): string => text.replaceAll("\\'", "'").replaceAll('\\n', '\n');
const places = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort();
