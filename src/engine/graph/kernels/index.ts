/** All kernels that the recorder knows. */
import { elementwise } from './elementwise.ts';
import { fused } from './fused.ts';
import { gathers } from './gather.ts';
import type { RecorderKernel } from './kernel.ts';
import { matmul } from './matmul.ts';
import { reduce } from './reduce.ts';
import { shape } from './shape.ts';

export const kernels: readonly RecorderKernel[] = [
  ...elementwise,
  ...shape,
  ...reduce,
  ...matmul,
  ...gathers,
  ...fused,
];
