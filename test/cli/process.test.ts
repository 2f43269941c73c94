import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../../src/cli/summary.ts';
import type { DoctorReport } from '../../src/protocol/doctor.ts';
import type { StampedEvent } from '../../src/protocol/events.ts';
import { signalTrainer } from '../../src/runs/signalTrainer.ts';
import { buildPrograms } from '../support/build.ts';
import { tinyModel } from '../support/tinyModel.ts';

const tiny = {
  recipe: 'sft',
  name: 'tiny',
  device: 'cpu',
  threads: 1,
  model: tinyModel,
  task: { name: 'arithmetic', level: 'addition-2' },
  data: { problems: 200 },
  training: { maxSteps: 6, batchSize: 8 },
  sampling: { everySteps: 3, completions: 2, maxNewTokens: 12 },
  evaluation: { everySteps: 4, problems: 6, maxNewTokens: 24, batchSize: 4 },
  checkpoints: { everySteps: 4 },
};
const endless = {
  ...tiny,
  name: 'endless',
  training: { maxSteps: 1_000_000, batchSize: 8 },
  evaluation: { ...tiny.evaluation, everySteps: 1_000_000, atStart: false },
  checkpoints: { everySteps: 1_000_000 },
};

let cli = '';
let root = '';

beforeAll(async () => {
  ({ cli } = await buildPrograms());
  root = mkdtempSync(join(tmpdir(), 'valley-cli-'));
  mkdirSync(join(root, '.valley'));
  for (const [name, config] of Object.entries({ tiny, endless })) save(`${name}.valley.jsonc`, JSON.stringify(config));
});
afterAll(async () => {
  // After a failed test, endless runs may still go on.
  for (const name of runs()) await signalTrainer(join(root, '.valley/runs', name), 'SIGKILL');
  rmSync(root, { recursive: true, force: true, maxRetries: 10 });
});

const save = (name: string, text: string): void => writeFileSync(join(root, name), text);
const runs = (): string[] => (existsSync(join(root, '.valley/runs')) ? readdirSync(join(root, '.valley/runs')) : []);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real process. `onOut` may act on what was written so far. */
async function valley(
  args: readonly string[],
  {
    env = {},
    onOut = () => undefined,
  }: { env?: Record<string, string>; onOut?: (out: string, stop: () => void) => void } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: root,
    env: { ...process.env, LC_ALL: 'C', VALLEY_STATE_DIR: join(root, 'state'), ...env },
  });
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
    onOut(written.out, () => child.kill('SIGINT'));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...written };
}

const lines = (out: string): unknown[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
const summaryIn = (out: string): Summary => lines(out).at(-1) as Summary;

describe('without a run', () => {
  test('--help and --version', async () => {
    expect(await valley(['--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('valley run CONFIG'),
    });
    expect(await valley(['run', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--on-busy') });
    expect(await valley([])).toMatchObject({ code: 2 });
  });

  test('a wrong config never starts: file, line, column, key, value, remedy; exit code 2', async () => {
    save('wrong.valley.jsonc', '{\n  "recipe": "sft",\n  "training": { "learning_rat": 0.001 }\n}');
    const told =
      'wrong.valley.jsonc:3:17: training.learning_rat: 0.001: unknown key `learning_rat`; did you mean `learningRate`?\n';
    const before = runs();
    expect(await valley(['validate', 'wrong.valley.jsonc', 'tiny.valley.jsonc'])).toEqual({
      code: 2,
      err: told,
      out: 'wrong.valley.jsonc: cannot be run\ntiny.valley.jsonc: can be run\n',
    });
    expect(await valley(['run', 'wrong.valley.jsonc'])).toEqual({ code: 2, err: told, out: '' });
    const asJson = await valley(['run', '--json', 'wrong.valley.jsonc']);
    expect([asJson.code, asJson.err]).toEqual([2, told]);
    expect(summaryIn(asJson.out)).toMatchObject({ type: 'summary', runFolder: null, state: 'failed' });
    expect(runs()).toEqual(before);
  });

  test.each([
    [['run', 'missing.valley.jsonc'], 'there is no such file'],
    [['run', '.'], 'is a folder'],
    [['rnu', 'x'], 'Did you mean run?'],
    [['evaluate', 'nothing'], 'no run folder'],
    [['stop', 'nothing'], 'no run folder'],
    [['run', 'tiny.valley.jsonc', '--out', '.'], 'something is already there'],
    [['sample', 'nothing', '--prompt', 'x', '--temperature', '99'], 'must be a number from 0 to 10'],
    [['evaluate', 'nothing', '--problems', '9999999999'], 'must be a whole number from 1 to 1000000000'],
  ])('%j is bad input', async (args, message) => {
    expect(await valley(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) });
  });

  test('a prompt has a longest length', async () => {
    const { code, err } = await valley(['sample', 'nothing', '--prompt', 'x'.repeat(100_001)]);
    expect([code, err]).toEqual([2, 'valley: The prompt is longer than 100000 characters.\n']);
  });

  test('a config whose checkpoint is not there never starts, and names the place', async () => {
    save('from.valley.jsonc', '{ "recipe": "sft",\n"model": { "checkpoint": ".valley/runs/gone" } }');
    const before = runs();
    for (const command of ['validate', 'run'])
      expect(await valley([command, 'from.valley.jsonc'])).toMatchObject({
        code: 2,
        err: expect.stringContaining(
          'from.valley.jsonc:2:26: model.checkpoint: ".valley/runs/gone": there is no such folder.',
        ),
      });
    expect(runs()).toEqual(before);
  });

  test('npm run valley looks where the person is', async () => {
    mkdirSync(join(root, 'below'));
    save('below/own.valley.jsonc', JSON.stringify(tiny));
    const env = { npm_lifecycle_event: 'valley', INIT_CWD: join(root, 'below') };
    expect(await valley(['validate', 'own.valley.jsonc'], { env })).toMatchObject({ code: 0 });
    expect(
      await valley(['validate', 'own.valley.jsonc'], { env: { ...env, npm_lifecycle_event: 'test' } }),
    ).toMatchObject({ code: 2 });
  });

  test('Korean is spoken where the environment asks for it', async () => {
    // The bundle of l10n lies beside the program, as the build puts it there.
    const folder = join(dirname(cli), 'l10n');
    mkdirSync(folder, { recursive: true });
    cpSync('l10n/ko/cli.json', join(folder, 'bundle.l10n.ko.json'));
    const { out } = await valley(['--help'], { env: { LC_ALL: 'ko_KR.UTF-8' } });
    expect(out).toContain('학습 실행을 시작하고 지켜봅니다.');
  });
});

test('the doctor tells one line per finding, or all of them as JSON', async () => {
  const asJson = await valley(['doctor', '--json']);
  const { findings } = JSON.parse(asJson.out) as DoctorReport;
  expect(findings.map(({ id }) => id)).toContain('onnxruntime');
  const told = await valley(['doctor']);
  expect(told.out.split('\n').filter((line) => /^[✓·!✗] /.test(line))).toHaveLength(findings.length);
  const hasProblem = findings.some(({ level }) => level === 'problem');
  expect([asJson.code, told.code]).toEqual(hasProblem ? [1, 1] : [0, 0]);
});

describe('a run', () => {
  test('--json gives the events of the run, and a summary with scores; its checkpoint can be measured and sampled', async () => {
    const { code, out, err } = await valley(['run', '--json', 'tiny.valley.jsonc']);
    expect([code, err]).toEqual([0, '']);
    const events = lines(out).slice(0, -1) as StampedEvent[];
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(events.filter(({ event }) => event.type === 'step.finished')).toHaveLength(6);
    const summary = summaryIn(out);
    expect(summary).toMatchObject({ type: 'summary', state: 'finished' });
    expect(summary.scores.map(({ step, name }) => [step, name])).toContainEqual([6, 'accuracy']);
    expect(summary.scores[0]).toMatchObject({ n: 6, k: 1 });
    const runFolder = summary.runFolder ?? '';
    expect(readdirSync(join(root, '.valley/runs'))).toContain(runFolder.split(/[\\/]/).at(-1));

    const measured = await valley(['evaluate', runFolder, '--json', '--problems', '5', '--samples', '2']);
    expect(measured.code, measured.err).toBe(0);
    expect(summaryIn(measured.out).scores[0]).toMatchObject({ name: 'accuracy', n: 5, k: 2 });
    expect(summaryIn(measured.out).runFolder).not.toBe(runFolder);

    const compared = await valley(['compare', `${runFolder}@0`, runFolder]);
    expect(compared.code, compared.err).toBe(0);
    expect(compared.out).toMatch(
      /^arithmetic\/addition-2: 6 problems, completions per problem: 1\n {2}A .*step 0 .*\n {2}B .*step 6 /,
    );
    expect(compared.out).toMatch(/\nNot enough items: to see 5 points, about [\d,]+ such problems are needed\.\n/);
    const same = await valley(['compare', runFolder, runFolder, '--json']);
    expect(same).toMatchObject({ code: 2, err: expect.stringContaining('Name two evaluations, e.g. RUN@0 and RUN.') });
    expect(lines(same.out)).toMatchObject([{ type: 'refused', error: { code: 'badConfig' } }]);

    const analysed = await valley(['analyse', `${runFolder}@0`]);
    expect(analysed.code, analysed.err).toBe(0);
    expect(analysed.out).toMatch(/^arithmetic\/addition-2, step 0: 6 problems, 6 completions\n\nLength in tokens\n/);
    const parts = lines((await valley(['analyse', runFolder, '--json'])).out);
    expect(parts).toMatchObject([{ type: 'analysed', analyses: [{ step: 6, problems: 6, completions: 6 }] }]);
    expect(await valley(['analyse', `${runFolder}@3`])).toMatchObject({
      code: 2,
      err: expect.stringContaining('of step 3'),
    });

    const checkpoint = join(runFolder, 'checkpoints', 'step-00000006');
    const before = runs();
    const asked = [
      await valley(['sample', checkpoint, '--prompt', '1+é=']),
      await valley(['sample', runFolder, '--prompt', '한']),
    ];
    expect(asked.map(({ code }) => code)).toEqual([2, 2]);
    expect(asked[0]?.err).toContain('does not know the character "é"');
    expect(asked[1]?.err).toContain('"한"');
    expect(runs()).toEqual(before);
    const sample = ['sample', checkpoint, '--prompt', '12+34=', '--temperature', '0', '--max-new-tokens', '6'];
    const [first, second] = [await valley(sample), await valley([...sample, '--json'])];
    expect([first.code, second.code], first.err).toEqual([0, 0]);
    const told = (lines(second.out) as StampedEvent[]).find(
      ({ event }) => event?.type === 'completions.sampled',
    )?.event;
    const text = told?.type === 'completions.sampled' ? told.completions[0]?.text : undefined;
    expect(first.out).toBe(`${text}\n`);
  });

  test('a pipe gets plain lines: device and reason, completions, a score table, the run folder', async () => {
    const { code, out } = await valley(['run', 'tiny.valley.jsonc', '--out', 'named']);
    expect(code).toBe(0);
    // oxlint-disable-next-line no-control-regex
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(out).toMatch(/^tiny · arithmetic\/addition-2 · .* parameters · 6 steps\ncpu · .* — /);
    expect(out).toMatch(/\n[✓✗?] +3 {2}\d+\+\d+=/);
    expect(out).toMatch(/benchmark +step +score +value +95 % interval +n +k\n/);
    expect(out).toContain(`Run folder: ${join(root, 'named')}\n`);
    expect(readFileSync(join(root, 'named/events.jsonl'), 'utf8')).toContain('run.finished');
  });

  test('Ctrl+C saves and stops with 130; the run can be continued, paused, resumed and stopped from elsewhere', async () => {
    let isAsked = false;
    const onOut = (out: string, stop: () => void): void => {
      if (isAsked || !out.includes('"step.finished"')) return;
      isAsked = true;
      stop();
    };
    const stopped = await valley(['run', '--json', 'endless.valley.jsonc'], { onOut });
    expect(stopped.code, stopped.err).toBe(130);
    expect(stopped.err).toContain('Press Ctrl+C again to stop at once.');
    const { runId } = lines(stopped.out)[0] as StampedEvent;
    const { runFolder, state } = summaryIn(stopped.out);
    expect(state).toBe('stopped');
    expect(stopped.out).toContain('"cause":"stopping"');
    if (runFolder === null) throw new Error('expected a run folder');

    const others: Promise<Ended>[] = [];
    const seen = (out: string, word: string, count: number): boolean => others.length === count && out.includes(word);
    const continued = await valley(['continue', runFolder, '--json'], {
      onOut: (out) => {
        if (seen(out, '"step.finished"', 0)) others.push(valley(['pause', runFolder]));
        if (seen(out, '"run.paused"', 1)) others.push(valley(['continue', runFolder]), valley(['resume', runId]));
        if (seen(out, '"run.resumed"', 3)) others.push(valley(['stop', runFolder]));
      },
    });
    expect(continued.code, continued.err).toBe(130);
    const first = lines(continued.out)[0] as StampedEvent;
    expect(first.attempt).toBe(2);
    const [pause, again, resume, stop] = await Promise.all(others);
    expect([pause?.code, again?.code, resume?.code, stop?.code]).toEqual([0, 2, 0, 0]);
    expect(again?.err).toContain('still going on');
    expect(stop?.out).toContain('The run is now: stopped');
    expect(await valley(['stop', runFolder])).toMatchObject({ code: 0 });
    expect(await valley(['pause', runFolder])).toMatchObject({ code: 2 });
  });

  test('Ctrl+C twice stops at once', async () => {
    let presses = 0;
    const { code, out, err } = await valley(['run', '--json', 'endless.valley.jsonc'], {
      onOut: (told, stop) => {
        if (presses > 0 || !told.includes('"step.finished"')) return;
        for (presses = 1; presses < 3; presses++) setTimeout(stop, presses * 50);
      },
    });
    expect([code, summaryIn(out).state], err).toEqual([130, 'stopped']);
    expect(err).toContain('Press Ctrl+C again');
  });

  test('a run that waits for the device says so, and one that must not wait is refused', async () => {
    const others: Promise<Ended>[] = [];
    let isStopping = false; // a second Ctrl+C would mean "now", a third kills
    const holder = await valley(['run', '--json', 'endless.valley.jsonc'], {
      onOut: (out, stop) => {
        if (others.length > 0 || !out.includes('"step.finished"')) return;
        others.push(valley(['run', 'tiny.valley.jsonc', '--on-busy', 'refuse']));
        others.push(
          valley(['run', 'tiny.valley.jsonc'], {
            onOut: (told) => {
              if (isStopping || !told.includes('Waiting for')) return;
              isStopping = true;
              void others[0]?.then(stop);
            },
          }),
        );
      },
    });
    expect(holder.code).toBe(130);
    const [refused, waited] = await Promise.all(others);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('The device is in use') });
    expect(waited).toMatchObject({ code: 0, out: expect.stringContaining('Waiting for cpu') });
  });
});
