/** On few problems chance alone makes valleys. */
import { said } from '../../../protocol/sentence.ts';
import { points } from '../../../protocol/report/words.ts';
import { type Check, no, unknown, yes } from './check.ts';

/** A difference of two models that is told no more closely than so many times what matters tells little. */
const WIDEST = 2;

export const tooFewItems: Check = {
  name: 'tooFewItems',
  look: ({ depth, matters }) => {
    if (!depth) return unknown;
    const {
      intervalOfProblems: [low, high],
      problems,
    } = depth.againstBase;
    const half = (high - low) / 2;
    const evidence = said`${problems} problems tell the difference of two models to ±${points(half)} points.`;
    return (half > WIDEST * matters ? yes : no)(evidence, { problems, half });
  },
};
