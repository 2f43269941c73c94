/** A model that is asked in another form than it was taught looks worse than it is. */
import { phrase } from '../../../protocol/sentence.ts';
import { type Check, no, unknown, yes } from './check.ts';

export const templateMismatch: Check = {
  name: 'templateMismatch',
  look: ({ facts: { templates } }) => {
    if (!templates) return unknown;
    return templates.taught === templates.measured
      ? no(phrase('Prompts are measured in the form in which they were taught.'))
      : yes(phrase('Prompts are measured in another form than they were taught in.'));
  },
};
