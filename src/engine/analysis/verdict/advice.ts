/** What to try next, from what was found: the most urgent first. */
import { phrase, said } from '../../../protocol/sentence.ts';
import type { Advice, Finding, LadderVerdict } from '../../../protocol/verdict.ts';
import { placeOf } from './rlFinding.ts';
import { count, points } from '../../../protocol/report/words.ts';
import { range } from './words.ts';

type Found = Omit<LadderVerdict, 'next'>;

export const adviceOf = (found: Found): readonly Advice[] =>
  [mend, decide, control, short, data, reinforce].flatMap((look) => look(found));

const mend = ({ fakeValleys }: Found): Advice[] =>
  fakeValleys
    .filter(({ holds }) => holds === 'yes')
    .map(({ evidence }) => ({
      kind: 'mendMeasurement',
      said: said`First mend what makes a false valley: ${evidence}`,
    }));

/** Where the first question that matters is open. */
function decide({ valley, recovered, morePays }: Found): Advice[] {
  const open = [valley, recovered, morePays].find(({ holds, needed }) => holds === 'notDecided' && needed !== null);
  return open ? neededAdvice(open) : [];
}

function neededAdvice({ needed }: Finding): Advice[] {
  const advice: Advice[] = [];
  if (needed?.problems)
    advice.push({ kind: 'moreProblems', said: said`Measure with about ${count(needed.problems)} more problems.` });
  if (needed?.seeds) advice.push({ kind: 'moreSeeds', said: said`Train about ${count(needed.seeds)} more seeds.` });
  return advice;
}

const control = ({ valley, degradationDepth }: Found): Advice[] =>
  valley.holds === 'yes' && degradationDepth?.againstControl === null
    ? [
        {
          kind: 'measureControl',
          said: phrase('Train the control on short traces: without it, nobody can tell long traces from little data.'),
        },
      ]
    : [];

function short({ degradationDepth }: Found): Advice[] {
  const difference = degradationDepth?.againstControl;
  if (difference?.standing !== 'worse') return [];
  return [
    {
      kind: 'shortTraces',
      said: said`With so little data take short traces: at ${count(degradationDepth?.size ?? 0)} examples long ones cost ${points(-difference.value)} points (difference, 95 %: ${range(difference)}).`,
    },
  ];
}

function data({ morePays, recovered, recoverySize, rungs }: Found): Advice[] {
  const largest = rungs.at(-1)?.size ?? 0;
  if (morePays.holds === 'yes' && largest > 0)
    return [{ kind: 'moreData', said: said`Take more data: the next size is ${count(2 * largest)} examples.` }];
  if (morePays.holds !== 'no' || recovered.holds !== 'yes' || recoverySize === null) return [];
  return [{ kind: 'stopHere', said: said`About ${count(recoverySize)} examples are enough: more hardly pay.` }];
}

function reinforce({ rl, recovered, recoverySize }: Found): Advice[] {
  if (rl.shouldStart.holds === 'yes' && rl.from !== null)
    return [
      {
        kind: 'startRl',
        said: said`Start reinforcement learning from ${placeOf(rl.from)}: it ends highest from there.`,
      },
    ];
  if (rl.starts.length > 0 || recovered.holds !== 'yes' || recoverySize === null) return [];
  return [
    {
      kind: 'startRl',
      said: said`Try reinforcement learning from ${placeOf(recoverySize)} and from the untouched model, not from within the valley.`,
    },
  ];
}
