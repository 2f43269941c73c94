/** What is damaged (the fixtures), and what once did not hold. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderSeeds } from './folders.ts';

export type Kind = 'jsonl' | 'parquet' | 'tokenizer' | 'template' | 'folder';
export const corpus = join('test', 'fuzz', 'corpus');

/** Where each kind's whole files lie, and how their names end. */
const FIXTURES: Readonly<Record<Exclude<Kind, 'folder'>, readonly [folder: string, ending: string]>> = {
  jsonl: [join('test', 'fixtures', 'rows'), '.jsonl'],
  parquet: [join('test', 'fixtures', 'parquet'), '.parquet'],
  tokenizer: [join('test', 'fixtures', 'tokenizers'), 'tokenizer.json'],
  template: [join('test', 'fixtures', 'tokenizers', 'templates'), '.jinja'],
};

export const seedsOf = (kind: Kind): readonly Buffer[] =>
  kind === 'folder' ? folderSeeds() : filesIn(...FIXTURES[kind]).map(({ bytes }) => bytes);
export const kept = (kind: Kind) => filesIn(corpus, `.${kind}`);

const filesIn = (folder: string, ending: string): readonly { readonly name: string; readonly bytes: Buffer }[] =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [])
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
