/** Where the settings say that published benchmarks lie, and how trainers hear of it. */
import { workspace } from 'vscode';
import { BENCHMARKS_VARIABLE } from '../protocol/benchmarkPaths.ts';

/** Files by name; those that nobody has set are left out. The manifest restricts them to trusted folders. */
export function benchmarkSettings(): Readonly<Record<string, string>> {
  const settings = workspace.getConfiguration('valley').get<Record<string, unknown>>('benchmarks') ?? {};
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, path]) => (typeof path === 'string' && path !== '' ? [[name, path]] : [])),
  );
}

/** Of a trainer: what the editor itself was started with stays where no setting says more. */
export function benchmarkEnvironment(): NodeJS.ProcessEnv {
  const paths = benchmarkSettings();
  return Object.keys(paths).length === 0 ? {} : { [BENCHMARKS_VARIABLE]: JSON.stringify(paths) };
}
