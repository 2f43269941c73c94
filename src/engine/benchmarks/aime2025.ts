/** AIME 2025 (I and II): MathArena/aime_2025, opencompass/AIME2025, yentinglin/aime_2025. */
import { contest } from './contest.ts';

export const aime2025 = contest({
  name: 'aime-2025',
  title: 'AIME 2025',
  size: 30,
  samplesPerProblem: 8,
  year: '2025',
});
