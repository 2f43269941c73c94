/** Examples that are cut before their answer teach to give none. */
import { said } from '../../../protocol/sentence.ts';
import { type Check, no, unknown, yes } from './check.ts';

const FEW = 0.01;

export const truncatedAnswers: Check = {
  name: 'truncatedAnswers',
  look: ({ facts: { answers } }) => {
    if (!answers) return unknown;
    const evidence = said`${answers.lost} of ${answers.examples} examples lose their answer to the longest length that is trained on.`;
    return (answers.lost > FEW * answers.examples ? yes : no)(evidence, answers);
  },
};
