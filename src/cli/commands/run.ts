/** `valley run CONFIG`: a config becomes a run. */
import { resolve } from 'node:path';
import { configName } from '../../config/parseConfig.ts';
import { newRunFolder, runsRootOf } from '../../runs/runsRoot.ts';
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
  const runFolder = out === null ? newRunFolder(runsRootOf(config), name, new Date()) : newFolder(out, console);
  const order = { config, runFolder, onBusy: onBusy(options, console.strings) };
  return startAndFollow(order, console, reporterFor(options.json === true, console));
}
