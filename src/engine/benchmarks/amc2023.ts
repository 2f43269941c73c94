/** AMC 12 2023 (A and B) with answers as numbers: AI-MO/aimo-validation-amc (two years), math-ai/amc23. */
import { contest } from './contest.ts';

export const amc2023 = contest({ name: 'amc-2023', title: 'AMC 2023', size: 40, samplesPerProblem: 8, year: '2023' });
