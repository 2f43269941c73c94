/** All formats; where several could read a row, the first one is meant. */
import { alpaca } from './alpaca.ts';
import type { Format } from './format.ts';
import { limo } from './limo.ts';
import { messages } from './messages.ts';
import { openR1Math } from './openR1Math.ts';
import { plainText } from './plainText.ts';
import { preference } from './preference.ts';
import { problemAnswer } from './problemAnswer.ts';
import { promptCompletion } from './promptCompletion.ts';
import { s1k } from './s1k.ts';
import { shareGpt } from './shareGpt.ts';

/** Of examples to be learned. */
export const formats: readonly Format[] = [
  openR1Math,
  s1k,
  limo,
  messages,
  shareGpt,
  alpaca,
  preference,
  promptCompletion,
  plainText,
];

/** Of problems to be asked: a completion that stands beside them is not read. */
export const promptFormats: readonly Format[] = [...formats.filter((format) => format !== plainText), problemAnswer];
