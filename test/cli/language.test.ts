import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS, OPTIONS } from '../../src/cli/arguments.ts';
import { configTemplates } from '../../src/config/templates.ts';
import { errorText } from '../../src/protocol/errorText.ts';
import { RUN_ERROR_CODES } from '../../src/protocol/events.ts';
import { POLICY_ALARMS, policyAlarmTitle } from '../../src/protocol/policyAlarms.ts';
import { LEFT_OUT_REASONS, PREPARATION_STEPS } from '../../src/protocol/preparation.ts';
import { reasonText, stageText } from '../../src/protocol/preparationText.ts';

const korean = JSON.parse(readFileSync('l10n/ko/cli.json', 'utf8')) as Record<string, string>;

const sources = ['src/cli', 'src/config'].flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(room, name)),
);

const LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/;
const unquoted = (literal: string): string => literal.slice(1, -1).replaceAll(/\\(.)/g, '$1');

/** The sentences that a source file translates, as they are written there. */
function sentencesIn(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const calls = new RegExp(`translate\\(\\s*[\\w.]*strings,\\s*(${LITERAL.source})`, 'g');
  const said = [...text.matchAll(calls)].map(([, literal = '']) => unquoted(literal));
  const isFindings = /checks(?:Of\w+)?\.ts$/.test(file);
  const told = isFindings ? [...text.matchAll(new RegExp(LITERAL, 'g'))].map(([literal]) => unquoted(literal)) : [];
  return [...said, ...told.filter((literal) => literal.includes(' ') && !literal.startsWith('./'))];
}

const tables = [
  ...Object.values(COMMANDS).map(({ help }) => help),
  ...Object.values(OPTIONS).map(({ help }) => help),
  ...RUN_ERROR_CODES.flatMap((code) => Object.values(errorText(code)) as string[]),
  ...POLICY_ALARMS.map(policyAlarmTitle),
  ...PREPARATION_STEPS.map(stageText),
  ...LEFT_OUT_REASONS.map(reasonText),
  ...configTemplates.flatMap(({ title, description }) => [title, description]),
];
const sentences = [...new Set([...sources.flatMap(sentencesIn), ...tables])];

test('every sentence has a Korean one, with the same places to fill', () => {
  const places = (text: string) => [...new Set(text.match(/\{\d+\}/g))].sort();
  expect(sentences.filter((sentence) => !Object.hasOwn(korean, sentence))).toEqual([]);
  for (const [sentence, translated] of Object.entries(korean))
    expect(places(translated), sentence).toEqual(places(sentence));
});

test('no Korean sentence is left over', () => {
  expect(Object.keys(korean).filter((sentence) => !sentences.includes(sentence))).toEqual([]);
});

test('the same Korean words are used everywhere', () => {
  const all = Object.values(korean).join('\n');
  expect(all).not.toMatch(/체크 포인트|트레이너가 아|설정파일/);
  expect(Object.values(korean).filter((text) => /다\.$/.test(text) && !/니다\.$/.test(text))).toEqual([]);
});
