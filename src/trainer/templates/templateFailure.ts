/** A chat template that cannot be used: which limit it broke, and what to do. */
import { SaidError } from '../../protocol/saidError.ts';
import { said, type Sentence } from '../../protocol/sentence.ts';
import type { TemplateLimits } from './templateProcess.ts';

/** The rule that a template breaks. */
export type TemplateRule = 'missing' | 'tooLarge' | 'unreadable' | 'time' | 'memory' | 'tooLong' | 'ended';

const REMEDY =
  'Use the chat template the model was published with, or one of its family, and put it into chat_template.jinja.';

/** Expected: the message names the file. */
export class TemplateFailure extends SaidError {
  override readonly name = 'TemplateFailure';
  readonly code = 'badCheckpoint';
  declare readonly said: Sentence;
  declare readonly remedy: string;
  readonly rule: TemplateRule;

  constructor(rule: TemplateRule, message: Sentence) {
    super(message, REMEDY);
    this.rule = rule;
  }
}

/** `file` is where the template stands. */
export function templateTooLarge(file: string, characters: number, most: number): TemplateFailure {
  return new TemplateFailure(
    'tooLarge',
    said`The chat template in ${file} has ${characters} characters; at most ${most} are read.`,
  );
}

export function templateUnreadable(file: string, why: string): TemplateFailure {
  return new TemplateFailure('unreadable', said`The chat template in ${file} cannot be read: ${why}`);
}

export function templateTooSlow(file: string, { renderMs }: TemplateLimits): TemplateFailure {
  return new TemplateFailure(
    'time',
    said`The chat template in ${file} did not come to an end within ${renderMs / 1000} s.`,
  );
}

export function textTooLong(file: string, characters: number, { longestText }: TemplateLimits): TemplateFailure {
  return new TemplateFailure(
    'tooLong',
    said`The chat template in ${file} makes a text of ${characters} characters of one conversation; at most ${longestText} are taken.`,
  );
}

/** The process is gone though nobody ended it: mostly for want of memory, which V8 says before it gives up. */
export function templateDied(file: string, lastWords: string, { memoryMB }: TemplateLimits): TemplateFailure {
  if (/out of memory|invalid (array|size|string|table)|Allocation failed|FATAL ERROR|Fatal JavaScript/i.test(lastWords))
    return new TemplateFailure('memory', said`The chat template in ${file} needs more than ${memoryMB} MB of memory.`);
  return new TemplateFailure(
    'ended',
    said`The process that renders the chat template in ${file} ended by itself: ${lastWords || '…'}`,
  );
}
