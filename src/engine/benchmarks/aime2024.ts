/** AIME 2024 (I and II): HuggingFaceH4/aime_2024, AI-MO/aimo-validation-aime (three years), Maxwell-Jia/AIME_2024. */
import { contest } from './contest.ts';

export const aime2024 = contest({
  name: 'aime-2024',
  title: 'AIME 2024',
  size: 30,
  samplesPerProblem: 8,
  year: '2024',
});
