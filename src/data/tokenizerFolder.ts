/** The files of a model folder that tell about its tokenizer and chat template, parsed within limits; the engine checks what they say. */
import { SaidError } from '../protocol/saidError.ts';
import { join } from 'node:path';
import { phrase, said, type Sentence } from '../protocol/sentence.ts';
import { type FilePort, realFiles } from './files.ts';
import { filesWithin } from './folderFiles.ts';
import { type JsonShape, shapeOfJson } from './jsonShape.ts';

/** Parsed JSON; null where the folder has no such file. */
export interface TokenizerFolder {
  readonly tokenizer: unknown;
  readonly tokenizerConfig: unknown;
  readonly specialTokensMap: unknown;
  readonly generationConfig: unknown;
  readonly config: unknown;
  /** The chat template and the file it stands in; null for models without one. */
  readonly template: { readonly text: string; readonly file: string } | null;
}

/** The rule that a file breaks. */
export type JsonFileRule = 'missing' | 'notAFile' | 'tooLarge' | 'tooDeep' | 'tooManyValues' | 'notUtf8' | 'notJson';

const REMEDY = 'Fetch the file again from where the model was published.';

/** Expected: the message names the file. */
export class JsonFileFailure extends SaidError {
  override readonly name = 'JsonFileFailure';
  readonly code = 'badCheckpoint';
  declare readonly said: Sentence;
  declare readonly remedy: string;
  readonly rule: JsonFileRule;

  constructor(rule: JsonFileRule, message: Sentence) {
    super(message, REMEDY);
    this.rule = rule;
  }
}

/** Gemma's tokenizer.json has 33 MB, 515,000 merges and 262,000 pieces, more than any other of the known families. */
const LARGEST = { tokenizer: 48 << 20, other: 4 << 20 };
const MOST = {
  objects: 50_000,
  lists: 1_000_000,
  members: 600_000,
  values: 2_100_000,
  depth: 32,
} as const satisfies JsonShape;

/** Throws `JsonFileFailure`, `ModelFolderFailure` for a link that leads out, and `FileFailure` where the disk fails. */
export function readTokenizerFolder(folder: string, files: FilePort = realFiles): TokenizerFolder {
  const json = (name: string): unknown => {
    const bytes = bytesOf(folder, name, LARGEST.other, files);
    return bytes === null ? null : parsed(bytes, name);
  };
  const path = join(folder, 'tokenizer.json');
  const bytes = bytesOf(folder, 'tokenizer.json', LARGEST.tokenizer, files);
  if (bytes === null)
    throw new JsonFileFailure('missing', said`${path} is missing: without it nothing can be read or written.`);
  const tokenizerConfig = json('tokenizer_config.json');
  return {
    tokenizer: parsed(bytes, 'tokenizer.json'),
    tokenizerConfig,
    specialTokensMap: json('special_tokens_map.json'),
    generationConfig: json('generation_config.json'),
    config: json('config.json'),
    template: templateIn(folder, files, tokenizerConfig),
  };
}

/** The file chat_template.jinja counts before the entry of tokenizer_config.json, as in transformers. */
function templateIn(folder: string, files: FilePort, tokenizerConfig: unknown): TokenizerFolder['template'] {
  const file = 'chat_template.jinja';
  const bytes = bytesOf(folder, file, LARGEST.other, files);
  if (bytes !== null) return { text: textOf(bytes, file), file };
  const entry = member(tokenizerConfig, 'chat_template');
  const named: unknown = Array.isArray(entry)
    ? member(
        entry.find((one: unknown) => member(one, 'name') === 'default'),
        'template',
      )
    : entry;
  return typeof named === 'string' ? { text: named, file: 'tokenizer_config.json' } : null;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Null where there is no such file. */
function bytesOf(folder: string, name: string, largest: number, files: FilePort): Uint8Array | null {
  const path = join(folder, name);
  const within = filesWithin(folder, files);
  const kind = files.kind(path);
  if (kind === null) return null;
  if (kind === 'folder') throw new JsonFileFailure('notAFile', said`${path} is a folder, expected a file.`);
  const fd = within.open(path, 'read');
  try {
    const size = files.size(fd);
    if (size > largest)
      throw new JsonFileFailure('tooLarge', said`${path} has ${size} bytes; at most ${largest} are read.`);
    return filled(files, fd, size);
  } finally {
    files.close(fd);
  }
}

function filled(files: FilePort, fd: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let count = -1; at < size && count !== 0; at += count) count = files.read(fd, bytes.subarray(at), at);
  return bytes.subarray(0, at);
}

function parsed(bytes: Uint8Array, name: string): unknown {
  const shape = shapeOfJson(bytes);
  if (shape.depth > MOST.depth)
    throw new JsonFileFailure(
      'tooDeep',
      said`${name} nests ${shape.depth} levels deep; at most ${MOST.depth} are read.`,
    );
  for (const kind of ['objects', 'lists', 'members', 'values'] as const)
    if (shape[kind] > MOST[kind])
      throw new JsonFileFailure(
        'tooManyValues',
        said`${name} holds ${shape[kind]} ${phrase(kind)}; at most ${MOST[kind]} are read.`,
      );
  const text = textOf(bytes, name);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JsonFileFailure(
      'notJson',
      said`${name} is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`,
    );
  }
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new JsonFileFailure('notUtf8', said`${name} is not UTF-8 text.`);
  }
}
