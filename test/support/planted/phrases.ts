/** How planted traces say things: what the analysis was developed with, and what was held back from that. */

/** `a` and `b` with an operation between them, and the value that is claimed, all as they are written. */
export interface Said {
  readonly a: string;
  readonly b: string;
  readonly operator: '+' | '-' | '*' | '/';
  readonly value: string;
}

type Phrase<T> = (said: T) => string;

/** One trace mixes phrases of one pool. */
export interface Pool {
  /** Each states one calculation. */
  readonly claims: readonly Phrase<Said>[];
  /** Calculates again with a doubt before it; `before` is the value that stood there. */
  readonly redone: readonly Phrase<Said & { readonly before: string }>[];
  /** Says the right result, behind a calculation, and computes nothing. */
  readonly corrections: readonly Phrase<{ readonly value: string; readonly before: string }>[];
  /** Checks that change nothing: a doubt, and the calculation as it stood. */
  readonly confirmations: readonly Phrase<Said>[];
  /** Look like calculations and are none, or are true. */
  readonly distractors: readonly string[];
  /** Sentences with a keyword of the paper: meant, and not meant. */
  readonly reflective: readonly string[];
  readonly unreflective: readonly string[];
  /** Said over and over: each is a loop. `n` counts the rounds. */
  readonly loops: readonly Phrase<number>[];
  /** Repeats its form, but gets on. */
  readonly progress: readonly Phrase<number>[];
}

const SIGN = { '+': '+', '-': '-', '*': '×', '/': '÷' } as const;
const LATEX = { '+': '+', '-': '-', '*': '\\times', '/': '\\div' } as const;
const WORD = { '+': 'plus', '-': 'minus', '*': 'times', '/': 'divided by' } as const;

const plain = ({ a, b, operator }: Said): string => `${a} ${operator} ${b}`;
const signs = ({ a, b, operator }: Said): string => `${a} ${SIGN[operator]} ${b}`;
const latex = ({ a, b, operator }: Said): string => `${a} ${LATEX[operator]} ${b}`;
const words = ({ a, b, operator }: Said): string => `${a} ${WORD[operator]} ${b}`;
const tight = ({ a, b, operator }: Said): string => `${a}${operator}${b}`;

export const DEVELOPED: Pool = {
  claims: [
    (s) => `So ${plain(s)} = ${s.value}.`,
    (s) => `First, ${signs(s)} = ${s.value}, which helps.`,
    (s) => `Then $${latex(s)} = ${s.value}$.`,
    (s) => `\\[ ${latex(s)} = ${s.value} \\]`,
    (s) => `${words(s)} is ${s.value}.`,
    (s) => `Next, ${words(s)} equals ${s.value}, good.`,
    (s) => `We know that ${words(s)} gives ${s.value}.`,
    (s) => `${tight(s)}=${s.value};`,
    (s) => `- ${plain(s)} = ${s.value}`,
    (s) => `Total: ${plain(s)} = ${s.value} apples.`,
    (s) => `Let y = ${plain(s)} = ${s.value}.`,
    (s) => `That is <<${tight(s)}=${s.value}>>${s.value}.`,
    (s) => `Now ${plain(s)}\n= ${s.value}`,
    (s) => `${plain(s)}, which is ${s.value}.`,
  ],
  redone: [
    (s) => `Wait, let me double-check: ${plain(s)} = ${s.value}.`,
    (s) => `Hmm, that is not right. ${signs(s)} = ${s.value}.`,
    (s) => `Let me recheck. $${latex(s)} = ${s.value}$.`,
    (s) => `Wait, ${words(s)} is ${s.value}, not ${s.before}.`,
    (s) => `I should verify this again. ${tight(s)}=${s.value}`,
    (s) => `Actually, ${plain(s)} should be ${s.value}.`,
  ],
  corrections: [
    ({ value }) => `Wait, that should be ${value}.`,
    ({ value, before }) => `Hmm, it is ${value}, not ${before}.`,
    ({ value }) => `No, the correct result is ${value}.`,
  ],
  confirmations: [
    (s) => `Let me double-check: ${plain(s)} = ${s.value}. Yes.`,
    (s) => `Wait, is that right? ${words(s)} is ${s.value}, ok.`,
    (s) => `Checking again, $${latex(s)} = ${s.value}$.`,
  ],
  distractors: [
    'Let x = 5 and n = 12.',
    'The trip was on 2024-03-15.',
    'This holds in version 2.4.1 = stable.',
    'Note that 3 + 4 < 8.',
    'Is 3 + 4 = 8?',
    'It starts at 12:30 + 45 = 13:15.',
    'We have x + 3 = 7, so x = 4.',
    'Clearly 22 / 7 ≈ 3.14.',
    'There are 60 minutes in 1 hour.',
    'If 2 + 2 = 5 then anything follows.',
    'They won the match 3-2.',
    'So f(3) = 10 and 2n + 1 = 25.',
    'The ratio is 3:4.',
    'Then 17 mod 5 = 2.',
  ],
  reflective: [
    'Wait, let me recheck the sum.',
    'I should double-check this.',
    'Let me think again about the second part.',
    'We need to reconsider the case n = 0.',
    'Double-checking the product now.',
    'Let me go over the steps once more.',
    'Hmm, I want to verify it again.',
    'Let us re-examine the assumption.',
    'To be safe, re-evaluate the expression.',
    "Let's reassess.",
  ],
  unreflective: [
    'There is no need to double-check that.',
    'The manager reconsidered the offer.',
    'She rechecks every parcel at noon.',
    'You can verify it again with a calculator.',
    'The sign says "double-check your answer" in red.',
    'They had to rethink the route of the bus.',
    'Without rechecking, the total is kept.',
    'The committee will reassess the budget in May.',
  ],
  loops: [
    () => 'Wait, let me check the sum of the digits of the number again. ',
    () => 'So the answer is 42. But wait, the question asks for the total, so we add the parts.\n',
    () => 'I think that this is right, but maybe not, so let me look at the first line. Then I see the second line. ',
  ],
  progress: [
    (n) => `Wait check ${n * 7 + 3} - ${n} = ${n * 6 + 3}; ok\n`,
    (n) => `Now we look at the next number of the list in the problem, which is ${n * 13}, and go on. `,
    (n) => `In step ${n} the value grows from ${n * n} to ${(n + 1) * (n + 1)}.\n`,
    (n) => `Case ${n}: if n is ${n}, then ${n} squared is ${n * n}, so we go on. `,
  ],
};

export const HELD_BACK: Pool = {
  claims: [
    (s) => `Compute: $$${latex(s)} = ${s.value}$$`,
    (s) => `\\begin{aligned} y &= ${latex(s)} \\\\ &= ${s.value} \\end{aligned}`,
    (s) => `**${plain(s)} = ${s.value}**`,
    (s) => `Working it out, ${words(s)} comes to ${s.value}.`,
    (s) => `2. ${signs(s)} = ${s.value}`,
    (s) => `Therefore $${latex(s)}$ equals $${s.value}$.`,
    (s) => `The result of ${plain(s)} is equal to ${s.value}.`,
    (s) => `(${plain(s)} = ${s.value})`,
  ],
  redone: [
    (s) => `Hold on. Recomputing, ${plain(s)} = ${s.value}.`,
    (s) => `Oops, I slipped: ${words(s)} is actually ${s.value}.`,
    (s) => `Let me redo that: \\(${latex(s)} = ${s.value}\\).`,
    (s) => `That can't be right. ${tight(s)} = ${s.value}`,
  ],
  corrections: [
    ({ value }) => `I made a mistake there; the right value is ${value}.`,
    ({ value, before }) => `Sorry, not ${before} but ${value}.`,
  ],
  confirmations: [
    (s) => `Let me verify: ${signs(s)} = ${s.value}. Good.`,
    (s) => `I will recalculate. ${plain(s)} = ${s.value}, as before.`,
  ],
  distractors: [
    'Suppose that 1 + 1 = 3.',
    'Set k := 4 + 1.',
    'On 12/05/2023 it rained.',
    'Since 2x = 10, we get x = 5.',
    'Then P(A) = 0.25 and |A| = 3.',
    'So 4 + 4 ≥ 7 and 3 ≠ 2 + 2.',
    'That is about 10 / 3 ≈ 3.3.',
    'There are 12 = 5 + x of them.',
  ],
  reflective: [
    'Okay, I will go back over my steps.',
    'Just to be sure, I am rechecking everything.',
    'Maybe we should rethink this.',
    'Re-examining the second equation:',
    'After double-checking, I get the same.',
  ],
  unreflective: [
    'The teacher double-checked the list of names.',
    'He never rechecks his locks.',
    'It is not necessary to reevaluate the integral.',
    'Students should think again about the holidays.',
  ],
  loops: [
    () => 'the the the the ',
    () => 'Alternatively, we can use the formula. Hmm, but this is the same as before. Alternatively, we can draw it. ',
  ],
  progress: [
    (n) => `${n}. Add ${n * 3} to ${n * 5}: ${n * 3} + ${n * 5} = ${n * 8}.\n`,
    (n) => `Wait, is ${n * 11 + 2} divisible by ${n + 2}? Let me check: it leaves ${(n * 11 + 2) % (n + 2)}. `,
  ],
};
