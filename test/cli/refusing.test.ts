import { expect, test } from 'vitest';
import { toolRefusal } from '../../src/cli/refusing.ts';
import type { RunError } from '../../src/protocol/events.ts';
import { quietConsole } from '../support/quietConsole.ts';

const codeOf = (code: RunError['code']): number => toolRefusal({ code, message: 'Why.' }, quietConsole(''));

test('a tool that refuses what the person gave ends with 2, and with 1 where the machine failed', () => {
  expect((['badConfig', 'badDataset', 'badCheckpoint'] as const).map(codeOf)).toEqual([2, 2, 2]);
  expect(codeOf('internal')).toBe(1);
});
