/** Leaves out completions in languages that are not wanted. */
import { LANGUAGES } from '../rows/language.ts';
import { refusal, type Stage } from './stage.ts';

export const language: Stage = {
  name: 'language',
  isOn: ({ languages }) => languages.keep.length > 0 || !languages.keepUnknown,
  start: ({ table, config }) => {
    const { keep, keepUnknown } = config.languages;
    const wanted = new Set<string>(keep);
    return (row) => {
      const found = LANGUAGES[table.language(row)] ?? 'und';
      if (found === 'und') return keepUnknown ? null : refusal('otherLanguage', found);
      return wanted.size === 0 || wanted.has(found) ? null : refusal('otherLanguage', found);
    };
  },
};
