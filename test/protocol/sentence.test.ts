import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileFailure } from '../../src/data/dataFailure.ts';
import { parseHeader } from '../../src/data/safetensorsHeader.ts';
import { newRun, apply } from '../../src/protocol/state.ts';
import { logged } from '../../src/protocol/logged.ts';
import { english, said, saidBy, saidTogether, translated, type Sentence } from '../../src/protocol/sentence.ts';
import { searchOf } from '../../src/trainer/executors/findAdapter.ts';
import { runErrorOf } from '../../src/trainer/failure.ts';
import { errorSentence } from '../../src/extension/errorActions.ts';
import { sayIn } from '../../src/extension/say.ts';

const korean: Record<string, string> = Object.assign(
  {},
  ...readdirSync('l10n/ko').map((name) => JSON.parse(readFileSync(`l10n/ko/${name}`, 'utf8')) as object),
);
const own = JSON.parse(readFileSync('l10n/ko/run.json', 'utf8')) as Record<string, string>;

const sources = ['src/engine', 'src/trainer', 'src/data']
  .flatMap((room) => readdirSync(room, { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)))
  .filter((name) => name.endsWith('.ts'))
  .concat('src/protocol/comparisonText.ts', 'src/protocol/policyAlarms.ts')
  .map((name) => readFileSync(name, 'utf8'));

/** The templates of a source: what stands between the backticks behind `said`, with numbers for the values. */
function templatesIn(source: string): string[] {
  return source
    .split('said`')
    .slice(1)
    .map((rest) => {
      let text = '';
      let count = 0;
      for (let at = 0; rest[at] !== '`'; at++)
        if (rest.startsWith('${', at)) {
          at = endOfValue(rest, at + 2);
          text += `{${count++}}`;
        } else text += rest[at];
      return text;
    });
}

function endOfValue(text: string, start: number): number {
  let at = start;
  for (let depth = 1; depth > 0; at++) depth += text[at] === '{' ? 1 : text[at] === '}' ? -1 : 0;
  return at - 1;
}

/** Whole sentences in quotes, but for those of bugs (`new Error`) and of the process's own log. */
const plainIn = (source: string): string[] =>
  [
    ...source
      .replaceAll(/(?:new Error|new ParseFailure|console\.\w+)\([^;]*;/g, '')
      .matchAll(/'([A-Z][^'\n]* [^'\n]*[.!?])'/g),
  ]
    .map(([, text = '']) => text)
    .filter((text) => !IS_FOR_MODELS.test(text));

/** What a model is asked to do is said in the language of its benchmark. */
const IS_FOR_MODELS = /^Please reason step by step/;

/** Words within a sentence. */
const phrasesIn = (source: string): string[] =>
  [...source.matchAll(/phrase\(\s*'([^']+)'/g)].map(([, text = '']) => text);

/** What the file system is asked to do: `Could not save {0}: {1} ({2}).` */
const verbsIn = (source: string): string[] =>
  [...source.matchAll(/(?:naming\(|new FileFailure\(\s*)'([a-z ]+)'/g)].map(
    ([, verb = '']) => `Could not ${verb} {0}: {1} ({2}).`,
  );
const reasons = [
  ...(sources.find((text) => text.includes('const REASONS')) ?? '').matchAll(/\b(?:gone|full)\(\s*'([^']+)'/g),
];

/** A verb with values of its own counts on: `Could not read back ({0}) {1}: {2} ({3}).` */
function wholeOf(template: string): string {
  if (/^([A-Z{]|config\.json|tokenizer|no |the )/.test(template)) return template;
  const count = template.match(/\{\d\}/g)?.length ?? 0;
  return `Could not ${template} {${count}}: {${count + 1}} ({${count + 2}}).`;
}

const spoken = new Set([
  ...sources.flatMap(templatesIn).map(wholeOf),
  ...sources.flatMap(plainIn),
  ...sources.flatMap(phrasesIn),
  ...sources.flatMap(verbsIn),
  ...reasons.map(([, why = '']) => why),
]);

test('every sentence that a run can say has a Korean one, with the same places for values', () => {
  expect(spoken.size).toBeGreaterThan(90);
  const places = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort();
  expect([...spoken].filter((text) => !Object.hasOwn(korean, text))).toEqual([]);
  for (const [text, translation] of Object.entries(own)) expect(places(translation), text).toEqual(places(text));
});

test('a sentence is one text in English, and translated with the sentences within it', () => {
  const inner = said`The weight ${'w'} is missing.`;
  const outer = saidTogether([said`The checkpoint of step ${3} was not saved.`, inner, '', 'Stop.']);
  expect(english(outer)).toBe('The checkpoint of step 3 was not saved. The weight w is missing. Stop.');
  const strings = { 'The weight {0} is missing.': '가중치 {0} 없음.', 'Stop.': '멈춤.' };
  expect(translated(strings, english(outer), outer)).toBe(
    'The checkpoint of step 3 was not saved. 가중치 w 없음. 멈춤.',
  );
});

test('what a value looks like is not read as a place of a value', () => {
  const told = said`The weight ${'{1}'} has the shape [${'{0}'}], expected [${'1'}].`;
  expect(english(told)).toBe('The weight {1} has the shape [{0}], expected [1].');
});

test('runs of older versions are shown as they were written', () => {
  expect(translated(korean, 'Computing on the CPU: no driver.')).toBe('Computing on the CPU: no driver.');
  expect(translated({ Known: '앎' }, 'Known', undefined)).toBe('앎');
});

const deep = (levels: number): Sentence => ({ text: '{0}', args: [levels === 0 ? 'x' : deep(levels - 1)] });

test.each([
  3,
  null,
  {},
  { text: 1, args: [] },
  { text: 'x' },
  { text: 'x', args: [null] },
  { text: 'x', args: 'y' },
  deep(5000),
])('a template that is none counts for nothing', (template) => {
  expect(translated({}, 'whole', template)).toBe('whole');
});

test('an error of the disk is told in Korean, the words of the system as they are', () => {
  const error = runErrorOf(new FileFailure('save', '/runs/a', 'ENOSPC'));
  expect(error.message).toBe('Could not save /runs/a: the disk is full (ENOSPC).');
  const sentence = errorSentence(JSON.parse(JSON.stringify(error)) as typeof error, sayIn(korean));
  expect(sentence).toMatch(/^[^a-z]*\/runs\/a[^a-z]*\(ENOSPC\)/);
  expect(sentence).not.toMatch(/Could not|full|Free some/);
});

test('what is wrong with a file of weights, and why there is no GPU, is told in Korean', () => {
  const broken = new TextEncoder().encode('{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}');
  const failure = thrownBy(() => parseHeader(broken, 8 + broken.byteLength + 12));
  const told = said`The checkpoint ${'/runs/a'} cannot be used. ${saidTogether([saidBy(failure)])}`;
  expect(english(told)).toContain('Tensor "w" begins at byte');
  expect(translated(korean, english(told), told).replaceAll(/\/runs\/a|"w"/g, '')).not.toMatch(/[a-z]{2}/);
  const probe = { told: {}, ending: { kind: 'hung' }, lastWords: '' } as const;
  const search = searchOf(probe, true);
  if (search.kind === 'found') throw new Error('A driver that hangs was found.');
  const absent = said`No GPU can be used through WebGPU: ${search.why}.`;
  expect(translated(korean, english(absent), absent)).toMatch(/^[^a-z]*WebGPU[^a-z]*$/);
});

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test('a failure within a failure, and of a library, keep their words', () => {
  expect(english(saidBy(new Error('Widget {0} broke')))).toBe('Widget {0} broke');
  expect(
    translated(
      korean,
      '',
      said`There is not enough memory for a pass over a single sequence. ${saidBy(new Error('bad_alloc'))}`,
    ),
  ).toMatch(/^[^a-z]+ bad_alloc$/);
});

test('the log of a run keeps what is needed to say it in another language', () => {
  const run = newRun('a');
  const event = logged('warning', said`Computing on the CPU: ${'no driver'}.`);
  apply(run, { v: 1, runId: 'a', attempt: 1, seq: 0, time: 1, event });
  const [line] = run.log;
  expect(line).toMatchObject({ level: 'warning', message: 'Computing on the CPU: no driver.' });
  expect(translated(korean, line?.message ?? '', line?.said)).toMatch(/^CPU.*no driver/);
});
