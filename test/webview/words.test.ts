import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const sources = readdirSync('webview', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join('webview', name), 'utf8') }));
const SENTENCE = /\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;
const sentences = new Set(sources.flatMap(({ text }) => [...text.matchAll(SENTENCE)].map(([, a, b]) => a ?? b ?? '')));
const korean = JSON.parse(readFileSync('l10n/ko/panel.json', 'utf8')) as Record<string, string>;
const placeholders = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).toSorted();

test('every sentence of the panel is in Korean, and no Korean is left over', () => {
  expect(sentences.size).toBeGreaterThan(100);
  expect([...sentences].filter((sentence) => !Object.hasOwn(korean, sentence))).toEqual([]);
  expect(Object.keys(korean).filter((sentence) => !sentences.has(sentence))).toEqual([]);
});

test('translations keep the places of the arguments', () => {
  for (const [sentence, told] of Object.entries(korean))
    expect(placeholders(told), sentence).toEqual(placeholders(sentence));
});

test.each([
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'document.write',
  'eval(',
  'new Function',
  'createContextualFragment',
  "setAttribute('style'",
  'fetch(',
  'XMLHttpRequest',
  'WebSocket',
])('the panel never uses %s', (forbidden) => {
  expect(sources.filter(({ text }) => text.includes(forbidden)).map(({ name }) => name)).toEqual([]);
});

test('one file reads a picture, as an image and never as markup of the page', () => {
  const users = sources.filter(({ text }) => text.includes('DOMParser'));
  expect(users.map(({ name }) => name)).toEqual([join('views', 'verdictFigure.ts')]);
  const read = /new DOMParser\(\)\.parseFromString\(figureSvg\([^)]*\), 'image\/svg\+xml'\)/;
  for (const { text } of users) expect(text.replace(read, '')).not.toContain('DOMParser');
});

test('one file knows the component library, one the chart library', () => {
  const users = (of: string): string[] =>
    sources.filter(({ text }) => text.includes(`from '${of}'`)).map(({ name }) => name);
  expect(users('@vscode/webview-ui-toolkit')).toEqual(['toolkit.ts']);
  expect(users('uplot')).toEqual([join('charts', 'plot.ts')]);
});

test('colours come from the theme: no literal colour in the styles', () => {
  const css = readFileSync('media/panel.css', 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
  expect(css.match(/#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?)\(/gi) ?? []).toEqual([]);
});
