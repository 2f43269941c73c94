/** One rung of a ladder as a config of its own, as short as it can be written. */
import type { TrainingKey } from '../../protocol/ladder.ts';
import { composeSft } from '../composeLadder.ts';
import { type LadderConfig, sftConfig } from '../schema.ts';

/** `start` is where the model that the rungs start from lies, as the new config is to name it. */
export function plainTraining(config: LadderConfig, key: TrainingKey, start: string): string {
  const { evaluation, checkpoints: _own, sampling: _none, ...rest } = composeSft(config, key);
  const { atStart: _at, everySteps: _every, ...measured } = evaluation;
  const model = 'path' in config.base ? { path: start } : { checkpoint: start };
  const whole = {
    ...rest,
    ...{ model, sampling: { maxNewTokens: evaluation.maxNewTokens }, evaluation: measured },
  };
  return `${JSON.stringify(withoutDefaults(whole), null, 2)}\n`;
}

type Members = Record<string, unknown>;

/** Leaves out each key that says what it would be without being said. */
function withoutDefaults(whole: Members): Members {
  const meant = JSON.stringify(sftConfig.parse(whole));
  const says = (candidate: Members): boolean => {
    const parsed = sftConfig.safeParse(candidate);
    return parsed.success && JSON.stringify(parsed.data) === meant;
  };
  return shortened(whole, says);
}

function shortened(members: Members, says: (candidate: Members) => boolean): Members {
  let kept = members;
  for (const key of Object.keys(members)) {
    const { [key]: value, ...others } = kept;
    if (says(others)) kept = others;
    else if (isMembers(value)) kept = { ...kept, [key]: shortened(value, (inner) => says({ ...kept, [key]: inner })) };
  }
  return kept;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
