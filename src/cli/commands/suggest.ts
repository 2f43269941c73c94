/** `valley suggest RUN`: what the verdict of a ladder says to run next, as a diff of its config with the reasons. */
import { writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { presentLadder } from '../../config/suggestion/presentLadder.ts';
import { type NextConfig, reasonText, suggestNext, type Suggested } from '../../config/suggestion/suggestNext.ts';
import { unifiedDiff } from '../../config/suggestion/unifiedDiff.ts';
import { displayText } from '../../protocol/displayText.ts';
import type { ReportAnswer } from '../../protocol/report/report.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { translate } from '../../protocol/translate.ts';
import { configAsRun, movedPath } from '../../runs/runConfig.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { locateRun, newFolder } from '../locate.ts';
import { text } from '../options.ts';
import { toolRefusal } from '../refusing.ts';
import { askTrainer } from '../trainerTool.ts';

/** With `--json` one line: what is `Suggested`. With `--out` the first config is written; others beside it, their advice in the name. */
export async function suggest({ words: [word = ''], options }: Arguments, console: Console): Promise<number> {
  const { strings } = console;
  const wanted = text(options, 'out');
  const out = wanted === null ? null : newFolder(wanted, console);
  const folder = await locateRun(word, console, { accepts: ({ recipe }) => recipe === 'ladder' });
  const answer = JSON.parse(await askTrainer(['report', '--ladder', folder], console)) as ReportAnswer;
  if (answer.type === 'refused') return toolRefusal(answer.error, console);
  const origin = await configAsRun(folder);
  const presentIn = origin && presentLadder(origin, movedPath);
  const [verdict] = answer.verdicts;
  if (!presentIn || !verdict)
    throw new BadInput(translate(strings, '{0} holds no config of a ladder that can be read.', folder));
  const place = out === null ? origin.home : dirname(out);
  const suggested = suggestNext({ ...presentIn(place), verdict, strings });
  if (options.json === true) console.out(`${JSON.stringify(suggested)}\n`);
  else console.out(`${displayText(linesOf(suggested, origin.text, console).join('\n'))}\n`);
  if (out !== null) write(out, suggested, console);
  return EXIT.finished;
}

function linesOf({ configs, unfollowed }: Suggested, before: string, { strings }: Console): string[] {
  if (configs.length === 0 && unfollowed.length === 0)
    return [translate(strings, 'The verdict suggests no change so far.')];
  const blocks = configs.flatMap((config) => [
    ...config.suggestions.map((one) => `- ${reasonText(one, strings)}`),
    ...shownConfig(config, before, strings),
    '',
  ]);
  const none = unfollowed.map((one) => `- ${reasonText(one, strings)}`);
  return none.length === 0 ? blocks : [...blocks, translate(strings, 'No key of the config does this:'), ...none];
}

/** A config of its own has little in common with that of the ladder: it is shown whole. */
const shownConfig = (config: NextConfig, before: string, strings: Console['strings']): readonly string[] =>
  config.recipe === 'sft'
    ? config.text.trimEnd().split('\n')
    : unifiedDiff(
        { name: RUN_FOLDER.config, text: before },
        { name: translate(strings, 'suggested'), text: config.text },
      );

const CONFIG_END = '.valley.jsonc';

function write(out: string, { configs }: Suggested, console: Console): void {
  for (const [at, { text: content, suggestions }] of configs.entries()) {
    const kind = suggestions[0]?.kind ?? '';
    const file = at === 0 ? out : newFolder(out.replace(/(\.valley)?(\.jsonc?)?$/, `-${kind}${CONFIG_END}`), console);
    writeFileSync(file, content, { flag: 'wx' });
    console.err(`${translate(console.strings, '{0} is written: valley run {1}', file, basename(file))}\n`);
  }
}
