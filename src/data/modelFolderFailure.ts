/** What is wrong with a model folder. */
import type { Told } from '../protocol/sentence.ts';
import { DataFailure } from './dataFailure.ts';

/** The rule that a folder breaks. */
export type ModelFolderRule =
  | 'notAFolder'
  | 'fileMissing'
  | 'fileTooLong'
  | 'notJson'
  | 'linkLeadsOut'
  | 'noModelType'
  | 'quantized'
  | 'noWeights'
  | 'badIndex'
  | 'outsideFolder'
  | 'notInShard'
  | 'inTwoShards'
  | 'weightMissing'
  | 'weightUnknown'
  | 'weightShape'
  | 'weightDtype';

const FETCH = 'Fetch the folder again from where it came, with all of its files.';

/** A model folder that cannot be used; nothing comes from it, not even in part. */
export class ModelFolderFailure extends DataFailure {
  override readonly name = 'ModelFolderFailure';
  readonly rule: ModelFolderRule;

  constructor(rule: ModelFolderRule, message: Told, remedy: Told = FETCH) {
    super('badCheckpoint', message, remedy);
    this.rule = rule;
  }
}
