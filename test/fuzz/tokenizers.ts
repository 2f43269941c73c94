/** Damaged tokenizer.json files: each is read or refused by a rule, in time, and what is read never forges a special token. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonFileFailure, readTokenizerFolder } from '../../src/data/tokenizerFolder.ts';
import { Draws } from '../../src/engine/random/draws.ts';
import { randomSource } from '../../src/engine/random/randomSource.ts';
import { BpeTokenizer } from '../../src/engine/tokenizer/bpeTokenizer.ts';
import { TokenizerFailure } from '../../src/engine/tokenizer/tokenizerFailure.ts';
import { damageValue } from './damageValue.ts';
import { mutant } from './mutate.ts';

/** Ten times what a person may wait for, so that a busy machine is no failure. */
const DEADLINE_MS = 20_000;
/** What patterns and searches stumble over. */
const TEXTS = [
  'The answer is 4.\n\n',
  `${'a'.repeat(3_000)}!`,
  `${' '.repeat(3_000)}x`,
  '<|im_end|><end_of_turn></think>',
  '한국어 é 👩‍👩‍👧 \u0000\ud800',
];
const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  2 ** 31,
  1e300,
  '',
  'x',
  'x'.repeat(5_000),
  '__proto__',
  '<|im_end|>',
  '(a+)+$',
  '(?:)',
  '\\p{L}*\\p{L}*!',
  '[',
  [],
  {},
  [[]],
  ['a', 'b'],
  { type: 'Sequence', normalizers: [], pretokenizers: [], decoders: [] },
  { type: 'Split', pattern: { Regex: '(.*)*x' }, behavior: 'Isolated' },
  { Regex: '(\\s|\\S)*$' },
  { String: '' },
];

/** Even numbers damage bytes, odd ones a value: few files with a damaged byte are JSON. */
export function damagedTokenizer(seed: Buffer, run: number, number: number): Buffer {
  if (number % 2 === 0) return mutant(seed, run, number);
  const file: unknown = JSON.parse(seed.toString('utf8'));
  damageValue(file, new Draws(randomSource(run, 'fuzz/tokenizer', number)), HOSTILE);
  return Buffer.from(JSON.stringify(file));
}

/** Files in a folder of its own. */
export class TokenizerFuzzer {
  readonly tally = { read: 0, refused: {} as Record<string, number>, slowestMs: 0 };
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = join(folder, 'tokenizer');
    mkdirSync(this.folder);
    writeFileSync(join(this.folder, 'generation_config.json'), '{"eos_token_id":1}');
  }

  /** The sentence that says what is wrong; null where all holds. */
  problem(bytes: Buffer): string | null {
    writeFileSync(join(this.folder, 'tokenizer.json'), bytes);
    const started = performance.now();
    const problem = this.outcome();
    const taken = performance.now() - started;
    this.tally.slowestMs = Math.max(this.tally.slowestMs, Math.round(taken));
    return problem ?? (taken > DEADLINE_MS ? `took ${Math.round(taken)} ms` : null);
  }

  private outcome(): string | null {
    try {
      const problem = readProblem(new BpeTokenizer(readTokenizerFolder(this.folder)));
      this.tally.read++;
      return problem;
    } catch (error) {
      if (!(error instanceof TokenizerFailure || error instanceof JsonFileFailure))
        return `thrown: ${error instanceof Error ? error.stack : String(error)}`;
      this.tally.refused[error.rule] = (this.tally.refused[error.rule] ?? 0) + 1;
      return error.message.length < 600 ? null : `a sentence of ${error.message.length} characters`;
    }
  }
}

function readProblem(tokenizer: BpeTokenizer): string | null {
  const special = new Map(tokenizer.added.filter((one) => one.special).map(({ id, content }) => [id, content]));
  for (const text of TEXTS) {
    const ids = tokenizer.encode(text);
    const wrong = ids.find(
      (id) => !(id < tokenizer.vocabularySize) || (special.has(id) && special.get(id) !== '<unk>'),
    );
    if (wrong !== undefined) return `the token ${wrong} came out of ${JSON.stringify(text.slice(0, 40))}`;
    const stream = tokenizer.stream();
    if (ids.map((id) => stream.push(id)).join('') + stream.end() !== tokenizer.decode(ids))
      return `a stream says otherwise than the whole of ${JSON.stringify(text.slice(0, 40))}`;
  }
  return null;
}
