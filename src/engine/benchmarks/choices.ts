/** Choices in an order that the seed and the problem's own id decide: the right one stands nowhere in particular. */
import { permutation } from '../random/permutation.ts';
import { hashText } from '../random/randomSource.ts';

export interface ShuffledChoices {
  /** The question with its choices below, lettered from A. */
  readonly problem: string;
  /** Letter of the right choice. */
  readonly gold: string;
}

export function shuffledChoices(
  question: string,
  right: string,
  wrong: readonly string[],
  at: { readonly id: string; readonly seed: number },
): ShuffledChoices {
  const choices = [right, ...wrong];
  const order = permutation(choices.length, at.seed, 'choices', hashText(at.id));
  const lines = choices.map((_, place) => `${letterOf(place)}) ${choices[order(place)] ?? ''}`);
  const gold = choices.findIndex((_, place) => order(place) === 0);
  return { problem: [question, '', ...lines].join('\n'), gold: letterOf(gold) };
}

const letterOf = (place: number): string => String.fromCodePoint(65 + place);
