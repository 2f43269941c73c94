/** What a person asks, as one message of the user. */
import type { ChatTemplateKwargs } from '../../config/rowsSchema.ts';
import { BpeTokenizer } from '../tokenizer/bpeTokenizer.ts';
import { ChatEncoder } from './chatEncoder.ts';
import { type ChatFinding, raised } from './chatFinding.ts';
import type { ModelText } from './exampleEncoder.ts';
import { templateOptions } from './templateOptions.ts';

/** The tokens that the model is given, or why there are none. */
export type ChatPrompt = (text: string) => Promise<readonly number[] | ChatFinding>;

/** Null for a model without a chat template. */
export function userPrompt({ tokenizer, template }: ModelText, kwargs: ChatTemplateKwargs): ChatPrompt | null {
  if (template === null || !(tokenizer instanceof BpeTokenizer)) return null;
  const options = { tokenizer, template, lossOn: 'completion', templateOptions: templateOptions(kwargs) } as const;
  const encoder = new ChatEncoder(options);
  return async (content) => {
    const [prompt] = await encoder.prompts([[{ role: 'user', content }]]);
    return prompt ?? raised('');
  };
}
