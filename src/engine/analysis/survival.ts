/** How long traces stay right: the curve of Kaplan and Meier (1958), and one error for all steps (geometric). */
import type { Survival, SurvivalPoint } from '../../protocol/analysis.ts';
import { type Answers, ratioOf } from './answers.ts';

/** A trace of so many steps; `failedAt` is the number (from 0) of the first that failed, null for none. */
export interface Course {
  readonly steps: number;
  readonly failedAt: number | null;
}

/** Steps at risk: up to and with the one that fails, or all. */
const atRisk = ({ steps, failedAt }: Course): number => (failedAt === null ? steps : failedAt + 1);

/** Traces without steps tell nothing. The estimate of the step error is failures over steps at risk, which is the likeliest. */
export function survivalOf(courses: Answers<Course>): Survival {
  const failed = courses.flat().flatMap(({ failedAt }) => (failedAt === null ? [] : [failedAt + 1]));
  return {
    meanPosition: failed.length === 0 ? null : failed.reduce((sum, at) => sum + at, 0) / failed.length,
    curve: curveOf(courses.flat()),
    stepError: ratioOf(courses, ({ failedAt }) => (failedAt === null ? 0 : 1), atRisk),
  };
}

function curveOf(courses: readonly Course[]): SurvivalPoint[] {
  const last = courses.reduce((most, course) => Math.max(most, atRisk(course)), 0);
  const failures = new Uint32Array(last + 1);
  const ends = new Uint32Array(last + 1);
  for (const course of courses) {
    const step = atRisk(course);
    const counted = course.failedAt === null ? ends : failures;
    counted[step] = (counted[step] ?? 0) + 1;
  }
  let left = courses.length - (ends[0] ?? 0);
  let alive = 1;
  return Array.from({ length: last }, (_, at) => {
    const [failed, censored] = [failures[at + 1] ?? 0, ends[at + 1] ?? 0];
    alive *= 1 - failed / left;
    const point = { step: at + 1, atRisk: left, failed, censored, alive };
    left -= failed + censored;
    return point;
  });
}
