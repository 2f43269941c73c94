/** What every trainer of the tests needs beside the recipes of one model: those that prepare data and climb, and the programs beside them. */
import { ladder } from '../../src/engine/recipes/ladder.ts';
import { prepare } from '../../src/engine/recipes/prepare.ts';

export const preparing = {
  ladder,
  prepare,
  rowsPrograms: {
    thread: new URL('./rowsThread.mjs', import.meta.url),
    parquet: new URL('./parquetProcess.mjs', import.meta.url),
    template: new URL('./template.mjs', import.meta.url),
    grading: new URL('./gradingProcess.mjs', import.meta.url),
  },
};
