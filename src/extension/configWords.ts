/** What stands above a config: whether it can run and what it amounts to. */
import type { ParsedConfig } from '../config/parseConfig.ts';
import { decoderParameters, isNewModel, plannedSteps, sequencesPerStep } from '../config/plan.ts';
import { memoryOf } from '../config/memory.ts';
import { completionsPerRollout, plannedGrpoSteps } from '../config/planGrpo.ts';
import { ladderTrainings } from '../config/planLadder.ts';
import type { LadderConfig, RunConfig } from '../config/schema.ts';
import { bytes, parameters, whole } from './numbers.ts';
import type { Say } from './say.ts';

/** The arithmetic tokenizer has fewer characters than this; with tied embeddings it hardly counts. */
const CHARACTERS = 64;

/** `✓ 2,000 steps · 0.81 M parameters`, or how much is wrong. */
export function configSummary(parsed: ParsedConfig, say: Say): string {
  if (!parsed.ok) return `$(error) ${problemCount(parsed, say)}`;
  const warnings = parsed.problems.length;
  const plan = planWords(parsed.config, say);
  if (warnings === 0) return `$(check) ${plan}`;
  return `$(warning) ${plan} · ${warnings === 1 ? say('1 warning') : say('{0} warnings', warnings)}`;
}

/** `1 problem`: errors only, for a config that cannot run. */
export function problemCount({ problems }: ParsedConfig, say: Say): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return errors === 1 ? say('1 problem') : say('{0} problems', errors);
}

export function planWords(config: RunConfig, say: Say): string {
  switch (config.recipe) {
    case 'sft': {
      const steps = stepsWords(plannedSteps(config), say);
      if (!isNewModel(config.model)) return `${steps} · ${say('from a checkpoint')}`;
      const size = say('{0} parameters', parameters(decoderParameters(config.model, CHARACTERS)));
      const memory = memoryOf(config, CHARACTERS);
      return memory ? `${steps} · ${size} · ${say('about {0} of memory', bytes(memory.peak))}` : `${steps} · ${size}`;
    }
    case 'grpo':
      return [
        stepsWords(plannedGrpoSteps(config), say),
        say('{0} completions each', whole(completionsPerRollout(config))),
      ].join(' · ');
    case 'dpo': {
      const planned = plannedSteps(config);
      const steps = planned === null ? say('as many steps as the rows make') : say('{0} steps', whole(planned));
      return `${steps} · ${say('{0} pairs each', whole(sequencesPerStep(config)))}`;
    }
    case 'evaluate': {
      const { problems, samplesPerProblem } = config.evaluation;
      return say('{0} problems, {1} completions each', whole(problems), whole(samplesPerProblem));
    }
    case 'sample':
      return say('{0} completions', whole(config.sampling.completions));
    case 'prepare': {
      const { sizes } = config.sampling;
      const files = say('{0} files', whole(config.sources.length));
      return sizes.length === 0 ? files : `${files} · ${say('{0} subsets', whole(sizes.length))}`;
    }
    case 'ladder':
      return ladderWords(config, say);
    default:
      return config satisfies never;
  }
}

function ladderWords(config: LadderConfig, say: Say): string {
  const trainings = ladderTrainings(config);
  const steps = trainings.reduce((sum, training) => sum + training.steps, 0);
  const tokens = trainings.reduce((sum, training) => sum + training.tokens, 0);
  return [
    say('{0} trainings', whole(trainings.length)),
    say('{0} steps', whole(steps)),
    say('about {0} tokens', whole(tokens)),
  ].join(' · ');
}

/** Null where they depend on rows. */
const stepsWords = (steps: number | null, say: Say): string =>
  steps === null ? say('as many steps as the rows make') : say('{0} steps', whole(steps));
