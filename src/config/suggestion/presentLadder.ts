/** A ladder that was run, as what is suggested next starts from. */
import { trainingName } from '../../protocol/ladder.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { parseConfig } from '../parseConfig.ts';
import type { LadderConfig } from '../schema.ts';
import type { PresentLadder } from './suggestNext.ts';

/** Where it lies; folders are absolute. */
export interface LadderOrigin {
  /** The config as it was run. */
  readonly text: string;
  /** Where the paths of the config start. */
  readonly home: string;
  readonly runFolder: string;
}

/** A path that is written in one folder, as it is to be written in another. */
export type Move = (path: string, from: string, to: string) => string;

/** What a new config in a folder is made from, beside the verdict. */
export type PresentIn = (folder: string) => Pick<PresentLadder, 'config' | 'text' | 'start'>;

/** Null where the text is no config of a ladder. */
export function presentLadder({ text, home, runFolder }: LadderOrigin, move: Move): PresentIn | null {
  const parsed = parseConfig(text, RUN_FOLDER.config);
  if (!parsed.ok || parsed.config.recipe !== 'ladder') return null;
  const { config } = parsed;
  const given = givenBase(config);
  const start =
    given ?? `${runFolder}/${RUN_FOLDER.cells}/${trainingName({ stage: 'base', size: 0, seed: config.seed })}`;
  return (folder) => ({
    ...{ config, text },
    start: given !== null && folder === home ? given : move(start, home, folder),
  });
}

/** Null where the base was made in the run. */
const givenBase = ({ base }: LadderConfig): string | null =>
  'path' in base ? base.path : 'checkpoint' in base ? base.checkpoint : null;
