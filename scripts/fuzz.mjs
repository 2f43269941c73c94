/** `npm run fuzz`: builds the fuzzer of data files, model folders, tokenizers and chat templates and runs it. Arguments go on to it: `--count N`, `--seed N`, `--only jsonl|parquet|tokenizer|template|folder`. */
import { ensure } from './ensure.mjs';
import { main, mustRun, run } from './shell.mjs';

await main(async () => {
  await ensure();
  await mustRun('The build', process.execPath, ['esbuild.mjs', '--fuzz']);
  const { code } = await run(process.execPath, ['dist/fuzz.mjs', ...process.argv.slice(2)]);
  return code;
});
