/** What a config says for the chat template, as templates spell it. */
import type { ChatTemplateKwargs } from '../../config/rowsSchema.ts';

export const templateOptions = ({
  enableThinking,
  dateString,
}: ChatTemplateKwargs): Record<string, boolean | string> => ({
  ...(enableThinking !== undefined && { enable_thinking: enableThinking }),
  ...(dateString !== undefined && { date_string: dateString }),
});
