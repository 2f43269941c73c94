import { expect, test } from 'vitest';
import { MessageWriter } from '../../../src/trainer/executors/protobuf.ts';

const bytes = (message: MessageWriter): number[] => Array.from(message.build());

/** Expected bytes are those of the protocol-buffer encoding guide. */
test('writes fields as the protocol-buffer encoding asks', () => {
  expect(bytes(new MessageWriter().int(1, 150))).toEqual([0x08, 0x96, 0x01]);
  expect(bytes(new MessageWriter().text(2, 'testing'))).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
  expect(bytes(new MessageWriter().message(3, new MessageWriter().int(1, 150)))).toEqual([
    0x1a, 0x03, 0x08, 0x96, 0x01,
  ]);
  expect(bytes(new MessageWriter().int(1, -2))).toEqual([0x08, 0xfe, ...Array<number>(8).fill(0xff), 0x01]);
  expect(bytes(new MessageWriter().float(1, 1))).toEqual([0x0d, 0, 0, 0x80, 0x3f]);
  expect(bytes(new MessageWriter().int(20, 7))).toEqual([0xa0, 0x01, 0x07]);
});
