/** `valley sample CHECKPOINT|RUN --prompt TEXT`: a completion as it is written. */
import { composeSample } from '../../config/compose.ts';
import { promptProblem } from '../../config/promptCharacters.ts';
import { translate } from '../../protocol/translate.ts';
import { connect, type ControlClient } from '../../runs/controlClient.ts';
import { readTokenizerFile } from '../../runs/tokenizerFile.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, type Console } from '../console.ts';
import { locateCheckpoint } from '../locate.ts';
import { COUNT, numeric, onBusy, SEED, TEMPERATURE, text } from '../options.ts';
import { CompletionReporter } from '../reporters/completion.ts';
import { JsonReporter } from '../reporters/json.ts';
import { startAndFollow } from '../start.ts';
import { defined, orderFor, runConfigOf } from './evaluate.ts';

const LONGEST_PROMPT = 100_000;

export async function sample({ words: [word = ''], options }: Arguments, console: Console): Promise<number> {
  const { strings } = console;
  const prompt = text(options, 'prompt');
  if (prompt === null || prompt === '')
    throw new BadInput(translate(strings, 'Name the text to complete: --prompt TEXT'));
  if (prompt.length > LONGEST_PROMPT)
    throw new BadInput(translate(strings, 'The prompt is longer than {0} characters.', LONGEST_PROMPT));
  const wish = {
    prompt,
    ...defined('temperature', numeric(options, 'temperature', TEMPERATURE, strings)),
    ...defined('maxNewTokens', numeric(options, 'max-new-tokens', COUNT, strings)),
    ...defined('seed', numeric(options, 'seed', SEED, strings)),
  };
  const place = await locateCheckpoint(word, console);
  const problem = promptProblem(prompt, await readTokenizerFile(place.folder), strings);
  if (problem !== null) throw new BadInput(problem);
  const config = composeSample(place.folder, wish, runConfigOf(place));
  const order = orderFor(place, config, { out: text(options, 'out') }, console);
  const listener = new Listener();
  const reporter = new CompletionReporter(console);
  try {
    return await startAndFollow(
      { ...order, onBusy: onBusy(options, strings), isBrief: true },
      console,
      options.json === true ? new JsonReporter(console) : reporter,
      (runFolder) => listener.listen(runFolder, (piece) => reporter.sampled(piece)),
    );
  } finally {
    listener.close();
  }
}

/** Hears the tokens while they stream. Without it the completion comes whole, as an event. */
class Listener {
  #client: ControlClient | null = null;
  #isClosed = false;

  listen(runFolder: string, onPiece: (text: string) => void): void {
    void connect(runFolder, { onSampled: onPiece }).then(
      (client) => {
        this.#client = client;
        if (this.#isClosed) client.close();
      },
      () => null,
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.close();
  }
}
