/** What a grader says of one answer, before it is stamped with time and version. */
import type { GradeRecord } from '../../protocol/grading.ts';

export type Judgement = Omit<GradeRecord, 'ms' | 'version'>;
