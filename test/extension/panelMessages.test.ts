import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFromPanel } from '../../src/extension/panelMessages.ts';
import { PANEL_ACTIONS } from '../../src/protocol/panel.ts';

const known = [
  { type: 'ready' },
  ...PANEL_ACTIONS.map((action) => ({ type: 'act', action })),
  { type: 'openCompletion', id: '50-training-1' },
  { type: 'loadSamples', file: 'addition-3-00000100.jsonl' },
  { type: 'reportError', message: 'x is undefined' },
];

test.each(known)('takes $type as it is', (message) => {
  expect(readFromPanel(message)).toEqual(message);
});

test.each([
  null,
  undefined,
  'ready',
  [],
  {},
  { type: 'execute', command: 'rm' },
  { type: 'ready', command: 'workbench.action.quit' },
  { type: 'act', action: 'deleteRun' },
  { type: 'act', action: 'toString' },
  { type: 'act', action: ['stop'] },
  { type: 'act' },
  { type: 'openCompletion', id: 7 },
  { type: 'openCompletion', id: '' },
  { type: 'openCompletion', id: 'x'.repeat(201) },
  { type: 'openCompletion', id: 'a', path: '/etc/passwd' },
  { type: 'loadSamples', file: { toString: () => 'a' } },
  { type: 'reportError', message: 'x'.repeat(4001) },
])('refuses %j', (message) => {
  expect(readFromPanel(message)).toBeNull();
});

test('whatever comes, only a known message passes, and it is equal to what came', () => {
  const type = fc.constantFrom('ready', 'act', 'openCompletion', 'loadSamples', 'reportError', 'other');
  const message = fc.record(
    { type, id: fc.anything(), file: fc.anything(), action: fc.anything() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), message), (given) => {
      const read = readFromPanel(given);
      if (read !== null) expect(read).toEqual(given);
    }),
  );
});
