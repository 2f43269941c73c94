/** Tokenizer and chat template of a model folder, ready for use. */
import { readTokenizerFolder } from '../data/tokenizerFolder.ts';
import { BpeTokenizer } from '../engine/tokenizer/bpeTokenizer.ts';
import { TemplateProcess } from './templates/templateProcess.ts';

export interface ModelText {
  readonly tokenizer: BpeTokenizer;
  /** Null for a model without a chat template. Whoever opened it closes it. */
  readonly template: TemplateProcess | null;
}

/**
 * `script` is the bundled src/trainer/templates/main.ts. Rejects with the typed failures of files, tokenizer and template,
 * each naming file, rule and remedy.
 */
export async function openModelText(folder: string, script: string): Promise<ModelText> {
  const files = readTokenizerFolder(folder);
  const tokenizer = new BpeTokenizer(files);
  if (!files.template) return { tokenizer, template: null };
  const { text, file } = files.template;
  const template = await TemplateProcess.open({ script, template: text, file, specialTokens: tokenizer.special.texts });
  return { tokenizer, template };
}
