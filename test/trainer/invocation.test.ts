import { expect, test } from 'vitest';
import { readInvocation, UsageError } from '../../src/trainer/invocation.ts';

test('a run with its defaults, and with everything', () => {
  const least = ['run', '--config', '/a.jsonc', '--run-folder', '/r'];
  expect(readInvocation(least)).toEqual({
    kind: 'run',
    config: '/a.jsonc',
    configJson: null,
    runFolder: '/r',
    runId: null,
    onBusy: 'queue',
    foundBy: 'cli',
    isContinuation: false,
    again: [],
    instanceId: null,
  });
  const more = ['--run-id=r-1', '--config-json={"a": 1}', '--on-busy=refuse', '--found-by=editor', '--instance=i_2'];
  expect(readInvocation([...least, ...more])).toMatchObject({
    runId: 'r-1',
    configJson: '{"a": 1}',
    onBusy: 'refuse',
    foundBy: 'editor',
    instanceId: 'i_2',
  });
});

test('a continuation needs no config; the tools need what they are about', () => {
  expect(readInvocation(['run', '--run-folder=/r', '--continue', '--again=sft-8-seed-1,base-0-seed-1'])).toMatchObject({
    config: null,
    isContinuation: true,
    again: ['sft-8-seed-1', 'base-0-seed-1'],
  });
  expect(readInvocation(['doctor'])).toEqual({ kind: 'doctor' });
  expect(readInvocation(['pin', '--run-folder=/r', '--checkpoint=step-00000012', '--pinned=false'])).toEqual({
    kind: 'pin',
    runFolder: '/r',
    step: 12,
    isPinned: false,
  });
});

test.each([
  [[]],
  [['dance']],
  [['run']],
  [['run', '--config=/a']],
  [['run', '--run-folder=/r']],
  [['run', '--config=/a', '--run-folder=']],
  [['run', '--config=/a', '--run-folder=/r', '--on-busy=fight']],
  [['run', '--config=/a', '--run-folder=/r', '--run-id=../x']],
  [['run', '--config=/a', '--run-folder=/r', '--instance=a b']],
  [['run', '--config=/a', '--run-folder=/r', '--surprise']],
  [['run', '--config=/a', '--run-folder=/r', 'more']],
  [['pin', '--run-folder=/r', '--checkpoint=../../etc']],
  [['pin', '--run-folder=/r']],
])('%j is refused in words', (args) => expect(() => readInvocation(args)).toThrow(UsageError));
