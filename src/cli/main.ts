/** The process behind `valley`: binds the commands to this terminal. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Console } from './console.ts';
import { languageOf, stringsOf } from './language.ts';
import { valley } from './valley.ts';

const programs = dirname(fileURLToPath(import.meta.url));
const { stdout, stderr, env } = process;
const isTerminal = stdout.isTTY && env['TERM'] !== 'dumb';

const console: Console = {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  isTerminal,
  hasColor: isTerminal && !env['NO_COLOR'],
  width: () => stdout.columns || 80,
  strings: stringsOf(languageOf(env), programs),
  language: languageOf(env),
  // `npm run valley` works in the folder of package.json, wherever the person is.
  cwd: (env['npm_lifecycle_event'] === 'valley' && env['INIT_CWD']) || process.cwd(),
  programs,
  onInterrupt: (callback) => {
    process.on('SIGINT', callback).on('SIGTERM', callback);
    return () => process.off('SIGINT', callback).off('SIGTERM', callback);
  },
};

// A reader that leaves (`valley run … | head`) ends the telling, not the run.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
process.exitCode = await valley(process.argv.slice(2), version, console);
