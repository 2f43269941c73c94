/** `valley run CONFIG`: a config becomes a run. */
import { resolve } from 'node:path';
import { configName } from '../../config/parseConfig.ts';
import { runsRootOf } from '../../runs/runsRoot.ts';
import type { Arguments } from '../arguments.ts';
import { requireConfig } from '../configFile.ts';
import type { Console } from '../console.ts';
import { newFolder } from '../locate.ts';
import { onBusy, text } from '../options.ts';
import { reporterFor, startAndFollow } from '../start.ts';

export async function run({ words: [file = ''], options }: Arguments, console: Console): Promise<number> {
  const config = resolve(console.cwd, file);
  const name = configName(requireConfig(file, console), config);
  const out = text(options, 'out');
  const place = out === null ? { root: runsRootOf(config), name } : { folder: newFolder(out, console) };
  const order = { config, place, onBusy: onBusy(options, console.strings) };
  return startAndFollow(order, console, reporterFor(options.json === true, console));
}
