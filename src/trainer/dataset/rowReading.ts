/** How rows are read and become tokens, as a config says: examples to be learned, or problems to be asked. */
import { areLearned, type RowsConfig } from '../../config/rowsSchema.ts';
import type { ParquetReader } from '../../data/rows/rowBlocks.ts';
import { ExampleEncoder, type ModelText } from '../../engine/chat/exampleEncoder.ts';
import { PromptEncoder } from '../../engine/chat/promptEncoder.ts';
import { templateOptions } from '../../engine/chat/templateOptions.ts';
import type { Reading } from '../../engine/formats/guess.ts';
import { formats, promptFormats } from '../../engine/formats/index.ts';
import { readingOf } from '../prepare/sources.ts';
import type { RowEncoder } from './encodeRows.ts';

/** Throws 'badDataset' where no format fits. */
export const rowReading = (path: string, data: RowsConfig, parquet: ParquetReader): Promise<Reading> =>
  readingOf(path, data, parquet, areLearned(data) ? formats : promptFormats);

/** `isPaired`: rows are preferences. */
export function rowEncoder(data: RowsConfig, text: ModelText, isPaired = false): RowEncoder {
  const options = templateOptions(data.chatTemplateKwargs);
  if (areLearned(data)) return new ExampleEncoder(text, data.lossOn, options, isPaired);
  return new PromptEncoder(text, { instruction: data.instruction, templateOptions: options });
}

/** What the tokens depend on besides file, columns and model. */
export const encodingKey = (data: RowsConfig): readonly unknown[] => [
  areLearned(data) ? data.lossOn : ['prompts', data.instruction ?? ''],
  templateOptions(data.chatTemplateKwargs),
];
