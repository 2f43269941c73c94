/** Batches of pairs with what the reference makes of them. */
import type { Batch } from './batch.ts';
import type { LogProbabilities } from './logProbabilities.ts';

/** The input that the objective of preferences asks for beside the tokens. */
export const withReference = async (batch: Batch, reference: LogProbabilities): Promise<Batch> => ({
  ...batch,
  objectiveInputs: { reference_log_probabilities: await reference.of(batch) },
});
