/** All graders that work on texts alone, by the name a command line gives them. */
import { arithmetic } from './arithmetic.ts';
import { choice } from './choice.ts';
import { exact } from './exact.ts';
import type { Grader } from './grader.ts';
import { json } from './json.ts';
import { math } from './math.ts';
import { regex } from './regex.ts';

export const graders: readonly Grader[] = [math, arithmetic, exact, choice, json, regex];
