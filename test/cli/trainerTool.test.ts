import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { askTrainer } from '../../src/cli/trainerTool.ts';
import { quietConsole } from '../support/quietConsole.ts';

const programs = mkdtempSync(join(tmpdir(), 'valley-tool-'));
afterAll(() => rmSync(programs, { recursive: true, force: true }));

test('progress is shown, other lines are let pass, and the last one is the answer', async () => {
  const lines = ['a library says hello', '{"type":"progress","done":1,"total":4}', '{"answer":true}'];
  writeFileSync(join(programs, 'trainer.mjs'), `console.log(${JSON.stringify(lines.join('\n'))});`);
  const shown: string[] = [];
  const printed = await askTrainer(
    [],
    quietConsole(programs, { err: (text) => void shown.push(text), isTerminal: true }),
  );
  expect(printed).toBe('{"answer":true}');
  expect(shown[0]).toContain('25');
});
