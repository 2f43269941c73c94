/** Leaves out rows that are too short or too long, in tokens. */
import { refusal, type Stage } from './stage.ts';

export const length: Stage = {
  name: 'length',
  isOn: (config) => config.length.minTokens > 1 || config.length.maxTokens !== undefined,
  start: ({ table, config }) => {
    const { minTokens, maxTokens = Infinity } = config.length;
    return (row) => {
      const tokens = table.tokens(row);
      if (tokens < minTokens) return refusal('tooFewTokens');
      return tokens > maxTokens ? refusal('tooManyTokens') : null;
    };
  },
};
