/** What every trainer of the tests needs to prepare data: the recipe, and the programs beside it. */
import { prepare } from '../../src/engine/recipes/prepare.ts';

export const preparing = {
  prepare,
  rowsPrograms: {
    thread: new URL('./rowsThread.mjs', import.meta.url),
    parquet: new URL('./parquetProcess.mjs', import.meta.url),
    template: new URL('./template.mjs', import.meta.url),
    grading: new URL('./gradingProcess.mjs', import.meta.url),
  },
};
