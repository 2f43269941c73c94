/** All verifiers, by the name a config gives them. */
import { answer } from './answer.ts';
import { math } from './math.ts';
import { recorded } from './recorded.ts';
import type { Verifier } from './verifier.ts';

export const verifiers: readonly Verifier[] = [recorded, answer, math];
