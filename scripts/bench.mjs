/** `npm run bench`: builds the benchmark and runs it. Arguments go on to it: `bench/arguments.ts` lists them. */
import { ensure } from './ensure.mjs';
import { main, mustRun, run } from './shell.mjs';

// Ctrl+C is the benchmark's: it shows what was measured so far, and ends.
process.on('SIGINT', () => undefined);

await main(async () => {
  await ensure();
  await mustRun('The build', process.execPath, ['esbuild.mjs', '--bench']);
  const { code } = await run(process.execPath, ['dist/bench.mjs', ...process.argv.slice(2)]);
  return code;
});
