/** `npm run bench`: builds the benchmark and runs it. Arguments go on to it: `--only NAME[,NAME]`, `--json FILE`, `--rounds N`, `--threads N`, `--setup-python`. */
import { ensure } from './ensure.mjs';
import { main, mustRun, run } from './shell.mjs';

await main(async () => {
  await ensure();
  await mustRun('The build', process.execPath, ['esbuild.mjs', '--bench']);
  const { code } = await run(process.execPath, ['dist/bench.mjs', ...process.argv.slice(2)]);
  return code;
});
