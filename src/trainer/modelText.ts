/** Tokenizer and chat template of a model folder, ready for use. */
import { readTokenizerFolder } from '../data/tokenizerFolder.ts';
import type { ModelText } from '../engine/chat/exampleEncoder.ts';
import type { Json } from '../protocol/savedState.ts';
import { characterTokenizerFrom } from '../engine/tokenizer/characterTokenizer.ts';
import { isOfWholeWords } from '../engine/tokenizer/countTokens.ts';
import { BpeTokenizer } from '../engine/tokenizer/bpeTokenizer.ts';
import { TemplateProcess } from './templates/templateProcess.ts';

export interface OpenModelText extends ModelText {
  /** Whoever opened it closes it. */
  readonly template: TemplateProcess | null;
}

/**
 * Of a model folder or a checkpoint, which is laid out alike. `script` is the bundled src/trainer/templates/main.ts. Rejects with the typed failures of files, tokenizer and template,
 * each naming file, rule and remedy.
 */
export async function openModelText(folder: string, script: string): Promise<OpenModelText> {
  const files = readTokenizerFolder(folder);
  const json = files.tokenizer as Json;
  if (isOfWholeWords(json)) return { tokenizer: characterTokenizerFrom(json), template: null };
  const tokenizer = new BpeTokenizer(files);
  if (!files.template) return { tokenizer, template: null };
  const { text, file } = files.template;
  const template = await TemplateProcess.open({ script, template: text, file, specialTokens: tokenizer.special.texts });
  return { tokenizer, template };
}
