/** What is damaged (the fixtures), and what once did not hold. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Kind = 'jsonl' | 'parquet';
export const corpus = join('test', 'fuzz', 'corpus');

const FIXTURES: Readonly<Record<Kind, string>> = {
  jsonl: join('test', 'fixtures', 'rows'),
  parquet: join('test', 'fixtures', 'parquet'),
};

export const seedsOf = (kind: Kind): readonly Buffer[] => filesIn(FIXTURES[kind], kind).map(({ bytes }) => bytes);
export const kept = (kind: Kind) => filesIn(corpus, kind);

const filesIn = (folder: string, kind: Kind): readonly { readonly name: string; readonly bytes: Buffer }[] =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith(`.${kind}`))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
