import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TemplateFailure } from '../../../src/trainer/templates/templateFailure.ts';
import { TemplateProcess } from '../../../src/trainer/templates/templateProcess.ts';
import { buildPrograms } from '../../support/build.ts';
import { conversations, expectedOf, FAMILIES, type Family, filesOf, templateOf } from '../../support/tokenizers.ts';
import { hostileTemplates, probes } from './hostileTemplates.ts';

let script = '';
beforeAll(async () => {
  script = (await buildPrograms()).template;
});

const open = (template: string, specialTokens: Record<string, string> = {}): Promise<TemplateProcess> =>
  TemplateProcess.open({ script, template, file: 'chat_template.jinja', specialTokens });

const user = (content: string) => [{ role: 'user', content }];

/** Every template of every family's fixture. */
const shapes = FAMILIES.flatMap((family) =>
  Object.entries(expectedOf(family).chats).map(([name, expected]) => ({ family, name, expected })),
);

function namedTokens(family: Family): Record<string, string> {
  const config = filesOf(family).tokenizerConfig as Record<string, string | null>;
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => (name.endsWith('_token') && value ? [[name, value]] : [])),
  );
}

describe.each(shapes)('the template $name with the tokens of $family', ({ family, name, expected }) => {
  test('renders what transformers renders', async () => {
    const process = await open(templateOf(name), namedTokens(family));
    const requests = conversations.flatMap(({ messages, options = {} }) => [
      { messages, addGenerationPrompt: false, options },
      { messages: messages.slice(0, -1), addGenerationPrompt: true, options },
    ]);
    const rendered = await process.render(requests);
    process.close();
    for (const [place, { text, prompt }] of expected.entries())
      for (const [ours, theirs] of [
        [rendered[2 * place], text],
        [rendered[2 * place + 1], prompt],
      ] as const)
        if (typeof theirs === 'string') expect(ours).toEqual({ text: theirs });
        else expect(ours).toHaveProperty('raised');
  });
});

describe('a template that is made to harm', () => {
  const own = process.pid;

  test.each(hostileTemplates)('$name ends with a reason', async ({ template, ends }) => {
    const outcome = await outcomeOf(template);
    expect(ends).toContain(outcome);
    expect(process.pid).toBe(own);
  });

  test.each(probes)('%s shows nothing of the process', async (template) => {
    const outcome = await open(template).then(
      async (one) => {
        const [rendered] = await one.render([{ messages: user('x'), addGenerationPrompt: false }]);
        one.close();
        return rendered;
      },
      (error: unknown) => ({ raised: String(error) }),
    );
    expect(JSON.stringify(outcome)).not.toMatch(/native code|function \w*\(|\[object|\/usr|passwd/);
  });

  test('takes less than 256 MB while it lasts', async () => {
    const [base, most] = [await memoryOf('x'), await memoryOf(doublingList)];
    if (base === null || most === null) return expect(process.platform).not.toBe('linux');
    expect(most - base).toBeLessThan(256);
  });

  test('says file, rule and remedy; the next call says the same', async () => {
    const one = await open('{% for i in range(3000) %}{% for j in range(3000000) %}{% endfor %}{% endfor %}');
    const failures = await Promise.all([render(one), render(one)]);
    expect(failures[0]).toBeInstanceOf(TemplateFailure);
    expect(failures[1]).toBe(failures[0]);
    expect((failures[0] as TemplateFailure).message).toContain('chat_template.jinja');
    expect((failures[0] as TemplateFailure).remedy).toContain('chat_template.jinja');
  });
});

test('a template that raises for one row renders the others, in order', async () => {
  const one = await open(
    "{% if messages[0].content == 'bad' %}{{ raise_exception('No.') }}{% endif %}{{ messages[0].content }}",
  );
  const contents = Array.from({ length: 300 }, (_, place) => (place === 100 ? 'bad' : `row ${place}`));
  const rendered = await one.render(
    contents.map((content) => ({ messages: user(content), addGenerationPrompt: false })),
  );
  one.close();
  expect(rendered).toEqual(contents.map((content) => (content === 'bad' ? { raised: 'No.' } : { text: content })));
});

/** Starts the process of a template with an endless request, says its pid, and waits to be killed. */
const PARENT = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, [process.argv[1], String(process.pid)], { stdio: ['pipe', 'ignore', 'inherit'] });
const template = '{% for i in range(30000) %}{% for j in range(300000) %}{% endfor %}{% endfor %}';
child.stdin.write(JSON.stringify({ template, specialTokens: {}, longestText: 10 }) + '\\n');
child.stdin.write(JSON.stringify({ messages: [], addGenerationPrompt: false }) + '\\n');
setTimeout(() => console.log(child.pid), 300);
setInterval(() => undefined, 1000);
`;

test.skipIf(process.platform === 'win32')('an endless template does not outlive who asked for it', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT, '--', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 50));
});

/** A process that ended but was not collected counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // no such process
  }
}

test('U+2028 goes through as it stands', async () => {
  const one = await open('{{ messages[0].content }}\u2028');
  const rendered = await one.render([{ messages: user('a\u2028b\u2029c'), addGenerationPrompt: false }]);
  one.close();
  expect(rendered).toEqual([{ text: 'a\u2028b\u2029c\u2028' }]);
});

test('gives the texts that stand in the template', async () => {
  const one = await open("{{ '<|a|>' + messages[0].content }}{% if x == '<|b|>' %}<|c|>{% endif %}");
  one.close();
  expect(one.literals.split('\0').sort()).toEqual(['<|a|>', '<|b|>', '<|c|>']);
});

const doublingList = '{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = ns.l + ns.l %}{% endfor %}';

const render = (one: TemplateProcess): Promise<unknown> =>
  one.render([{ messages: user('x'.repeat(2_000)), addGenerationPrompt: false }]).catch((error: unknown) => error);

async function outcomeOf(template: string): Promise<string> {
  const one = await open(template).catch((error: unknown) => error);
  if (!(one instanceof TemplateProcess)) return (one as TemplateFailure).rule;
  const answer = await render(one);
  one.close();
  if (answer instanceof TemplateFailure) return answer.rule;
  const [rendered] = answer as [{ raised?: string }];
  return rendered.raised === undefined ? 'rendered' : 'raised';
}

/** The most that the process of a template ever held, in MB; null where the system does not tell. */
async function memoryOf(template: string): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const one = await open(template);
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, highWater(one.pid) ?? 0);
  }, 5);
  await render(one);
  most = Math.max(most, highWater(one.pid) ?? 0);
  clearInterval(look);
  one.close();
  return most;
}

function highWater(pid: number): number | null {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return null; // gone: what it held is known from before
  }
}
