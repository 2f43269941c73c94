/** The trainer process: one attempt at one run, or one of its short-lived tools. */
import type { GradeNews } from '../protocol/grading.ts';
import type { Executor } from '../engine/executor.ts';
import { prepare } from '../engine/recipes/prepare.ts';
import { recipeOf } from '../engine/recipes/index.ts';
import { compareEvaluations } from './comparison/compareEvaluations.ts';
import type { PreflightProgress } from '../protocol/preflight.ts';
import { Crash } from './crash.ts';
import { examine } from './doctor.ts';
import { type AdapterSearch, findAdapter } from './executors/findAdapter.ts';
import { chooseExecutor } from './executors/index.ts';
import { exportModel } from './export/exportModel.ts';
import { gradeFile } from './grading/gradeFile.ts';
import { noteGpu } from './gpuNote.ts';
import { readInvocation } from './invocation.ts';
import { setPinned } from './pin.ts';
import { parquetApart } from './prepare/parquetApart.ts';
import { examplesOf, preflightOf } from './preflight/tools.ts';
import { preview } from './prepare/preview.ts';
import { regradeRun } from './regrade/regradeRun.ts';
import { refuse, runAttempt } from './runAttempt.ts';
import type { SessionParts } from './session.ts';

const pulseScript = new URL('./pulse.mjs', import.meta.url);
const rowsPrograms = {
  thread: new URL('./rowsThread.mjs', import.meta.url),
  parquet: new URL('./parquetProcess.mjs', import.meta.url),
  template: new URL('./template.mjs', import.meta.url),
  grading: new URL('./gradingProcess.mjs', import.meta.url),
};
const crash = new Crash();
crash.install();
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(refuse(error)),
);

async function main(args: readonly string[]): Promise<number> {
  const invocation = readInvocation(args);
  switch (invocation.kind) {
    case 'run':
      return runAttempt(
        invocation,
        { recipeOf, chooseExecutor: chooseAndNote, prepare, rowsPrograms, pulseScript },
        crash,
      );
    case 'doctor':
      console.log(JSON.stringify(await examine({ folder: process.cwd(), onGpu: noteGpu })));
      return 0;
    case 'preview':
      console.log(JSON.stringify(await preview(invocation.file, rowsPrograms.parquet)));
      return 0;
    case 'grade': {
      const say = (news: GradeNews): void => console.log(JSON.stringify(news));
      say(
        await gradeFile(
          invocation,
          { grading: rowsPrograms.grading, parquet: parquetApart(rowsPrograms.parquet) },
          say,
        ),
      );
      return 0;
    }
    case 'regrade':
      console.log(JSON.stringify(await regradeRun(invocation, rowsPrograms.grading)));
      return 0;
    case 'preflight':
      console.log(JSON.stringify(await preflightOf(invocation, rowsPrograms, told)));
      return 0;
    case 'example':
      console.log(JSON.stringify(await examplesOf(invocation, rowsPrograms)));
      return 0;
    case 'export':
      console.log(JSON.stringify(await exportModel(invocation)));
      return 0;
    case 'compare':
      console.log(JSON.stringify(await compareEvaluations(invocation)));
      return 0;
    case 'pin':
      await setPinned(invocation.runFolder, invocation.step, invocation.isPinned);
      return 0;
    default:
      return invocation satisfies never;
  }
}

function chooseAndNote(...[config, { warn }]: Parameters<SessionParts['chooseExecutor']>): Promise<Executor> {
  const search = async (): Promise<AdapterSearch> => {
    const found = await findAdapter();
    noteGpu(found);
    return found;
  };
  return chooseExecutor(config, { warn, search });
}

/** A line of the output that is no result yet. */
function told(line: PreflightProgress): void {
  console.log(JSON.stringify(line));
}
