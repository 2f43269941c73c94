import { describe, expect, test } from 'vitest';
import { COMMANDS, helpText, parseArguments, type CommandName } from '../../src/cli/arguments.ts';
import { BadInput } from '../../src/cli/console.ts';
import { languageOf } from '../../src/cli/language.ts';
import { COUNT, numeric, onBusy, TEMPERATURE } from '../../src/cli/options.ts';

const parse = (line: string) => parseArguments(line.split(' '), {});

test('words and options may come in any order', () => {
  expect(parse('run --json a.valley.jsonc --out x')).toEqual({
    command: 'run',
    words: ['a.valley.jsonc'],
    options: { json: true, out: 'x' },
  });
});

test.each([
  ['rn x', 'Unknown: rn. Did you mean run?'],
  ['frobnicate', 'Unknown: frobnicate. Known here: run, evaluate'],
  ['run a --jsno', 'Unknown: --jsno. Did you mean --json?'],
  ['run', 'This command is written: valley run CONFIG'],
  ['run a b', 'This command is written: valley run CONFIG'],
  ['stop x --json', 'Unknown: --json. Known here: --help'],
])('%s is refused: %s', (line, message) => {
  expect(() => parse(line)).toThrow(BadInput);
  expect(() => parse(line)).toThrow(message);
});

describe.each(Object.keys(COMMANDS) as CommandName[])('valley %s', (name) => {
  test('has help that names each of its options', () => {
    const help = helpText(name, {});
    expect(help).toContain(`valley ${name}`);
    for (const option of COMMANDS[name].options) expect(help).toContain(`--${option}`);
    expect(helpText(null, {})).toContain(COMMANDS[name].usage);
  });
  test('gives help without its words', () => {
    expect(parse(`${name} --help`).options.help).toBe(true);
  });
});

test('numbers are read strictly', () => {
  expect(numeric({ problems: '12' }, 'problems', COUNT, {})).toBe(12);
  expect(numeric({}, 'problems', COUNT, {})).toBeUndefined();
  for (const wrong of ['0', '1.5', '-1', 'many', '1e3', '', '1000000001', '99999999999999999999'])
    expect(() => numeric({ problems: wrong }, 'problems', COUNT, {}), wrong).toThrow(BadInput);
  expect(numeric({ temperature: '0.6' }, 'temperature', TEMPERATURE, {})).toBe(0.6);
  expect(() => numeric({ temperature: '10.5' }, 'temperature', TEMPERATURE, {})).toThrow('a number from 0 to 10');
});

test('a run queues unless it is told to refuse', () => {
  expect(onBusy({}, {})).toBe('queue');
  expect(onBusy({ 'on-busy': 'refuse' }, {})).toBe('refuse');
  expect(() => onBusy({ 'on-busy': 'wait' }, {})).toThrow('“queue” or “refuse”');
});

test.each([
  [{ LANG: 'ko_KR.UTF-8' }, 'ko'],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'ko_KR' }, 'ko'],
  [{ LANG: 'ko_KR.UTF-8', LC_ALL: 'C' }, 'en'],
  [{ LANG: 'kok_IN' }, 'en'],
  [{}, 'en'],
])('%j speaks %s', (env, language) => {
  expect(languageOf(env)).toBe(language);
});
