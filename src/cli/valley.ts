/** From a command line to an exit code. Commands are loaded when they are called, so that `--help` is quick. */
import { translate } from '../protocol/translate.ts';
import { helpText, parseArguments, type Arguments } from './arguments.ts';
import { BadInput, EXIT, type Console } from './console.ts';

/** Resolves with the exit code. Bugs reject. */
export async function valley(argv: readonly string[], version: () => string, console: Console): Promise<number> {
  const { out, err, strings } = console;
  const [first] = argv;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    out(`${helpText(null, strings)}\n`);
    return first === undefined ? EXIT.badInput : EXIT.finished;
  }
  if (first === '--version' || first === '-v') {
    out(`${version()}\n`);
    return EXIT.finished;
  }
  try {
    const given = parseArguments(argv, strings);
    if (given.options.help !== true) return await dispatch(given, console);
    out(`${helpText(given.command, strings)}\n`);
    return EXIT.finished;
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    err(`${translate(strings, 'valley: {0}', error.message)}\n`);
    return EXIT.badInput;
  }
}

async function dispatch(given: Arguments, console: Console): Promise<number> {
  const { tellRefusal } = await import('./refusing.ts');
  const { LaunchError } = await import('../runs/launch.ts');
  try {
    return await call(given, console);
  } catch (error) {
    if (!(error instanceof LaunchError || error instanceof BadInput)) throw error;
    return tellRefusal(error, given.options.json === true, console);
  }
}

async function call(given: Arguments, console: Console): Promise<number> {
  switch (given.command) {
    case 'run':
      return (await import('./commands/run.ts')).run(given, console);
    case 'evaluate':
      return (await import('./commands/evaluate.ts')).evaluate(given, console);
    case 'sample':
      return (await import('./commands/sample.ts')).sample(given, console);
    case 'prepare':
      return (await import('./commands/prepare.ts')).prepare(given, console);
    case 'preflight':
      return (await import('./commands/preflight.ts')).preflight(given, console);
    case 'preview':
      return (await import('./commands/preview.ts')).preview(given, console);
    case 'continue':
      return (await import('./commands/continue.ts')).continueRun(given, console);
    case 'validate':
      return (await import('./commands/validate.ts')).validate(given, console);
    case 'compare':
      return (await import('./commands/compare.ts')).compare(given, console);
    case 'analyse':
      return (await import('./commands/analyse.ts')).analyse(given, console);
    case 'report':
      return (await import('./commands/report.ts')).report(given, console);
    case 'suggest':
      return (await import('./commands/suggest.ts')).suggest(given, console);
    case 'export':
      return (await import('./commands/export.ts')).exportModel(given, console);
    case 'grade':
      return (await import('./commands/grade.ts')).grade(given, console);
    case 'regrade':
      return (await import('./commands/regrade.ts')).regrade(given, console);
    case 'doctor':
      return (await import('./commands/doctor.ts')).doctor(given, console);
    case 'install-gpu-engine':
      return (await import('./commands/installGpuEngine.ts')).installGpuEngine(given, console);
    case 'stop':
    case 'pause':
    case 'resume':
      return (await import('./commands/control.ts')).control(given.command, given, console);
    default:
      given.command satisfies never;
      return EXIT.badInput;
  }
}
