/** `npm run fuzz`: damages data files, model folders, tokenizers and chat templates by the thousand. What does not hold is kept in test/fuzz/corpus, and from then on is a test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { corpus, seedsOf, type Kind } from './corpus.ts';
import { damagedFolder, FolderFuzzer } from './folders.ts';
import { lineProblem } from './lines.ts';
import { mutant } from './mutate.ts';
import { ParquetFuzzer } from './parquet.ts';
import { damagedTemplate, TemplateFuzzer } from './templates.ts';
import { damagedTokenizer, TokenizerFuzzer } from './tokenizers.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { count: text, seed: text, only: text } });
const count = Number(values.count ?? 2000);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const kinds = (['jsonl', 'parquet', 'tokenizer', 'template', 'folder'] as const).filter(
  (kind) => values.only === undefined || values.only === kind,
);

const folder = mkdtempSync(join(tmpdir(), 'valley-fuzz-'));
const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const parquet = new ParquetFuzzer(beside('parquetProcess.mjs'), folder);
const tokenizers = new TokenizerFuzzer(folder);
const folders = new FolderFuzzer(folder);
const templates = new TemplateFuzzer(beside('template.mjs'));

interface Fuzzer {
  readonly damage: typeof mutant;
  readonly problem: (bytes: Buffer) => Promise<string | null> | string | null;
}
const fuzzers: Readonly<Record<Kind, Fuzzer>> = {
  jsonl: { damage: mutant, problem: lineProblem },
  parquet: { damage: mutant, problem: (bytes) => parquet.problem(bytes) },
  tokenizer: { damage: damagedTokenizer, problem: (bytes) => tokenizers.problem(bytes) },
  folder: { damage: damagedFolder, problem: (bytes) => folders.problem(bytes) },
  template: { damage: damagedTemplate, problem: (bytes) => templates.problem(bytes) },
};

let failures = 0;
for (const kind of kinds) {
  const seeds = seedsOf(kind);
  for (let number = 0; number < count; number++) {
    const bytes = fuzzers[kind].damage(seeds[number % seeds.length] ?? Buffer.alloc(0), seed, number);
    const problem = await fuzzers[kind].problem(bytes);
    if (problem === null) continue;
    failures++;
    const file = join(corpus, `seed${seed}-${number}.${kind}`);
    writeFileSync(file, bytes);
    console.error(`${file}: ${problem}`);
  }
  console.log(`${kind}: ${count} damaged files, seed ${seed}.`);
}
console.log(
  JSON.stringify({
    parquet: parquet.tally,
    tokenizer: tokenizers.tally,
    template: templates.tally,
    folder: folders.tally,
  }),
);
parquet.close();
rmSync(folder, { recursive: true, force: true });
console.log(failures === 0 ? 'All were read or refused.' : `${failures} were not.`);
process.exitCode = failures === 0 ? 0 : 1;
