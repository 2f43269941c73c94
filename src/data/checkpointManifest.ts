/** manifest.json of a checkpoint: one line of JSON with a checksum over itself, so that no flipped bit goes unseen. */
import { crc32 } from '../protocol/crc32.ts';
import { ADAPTER_FILE, type CheckpointManifest } from '../protocol/runFolder.ts';
import { TEXT_FILES } from '../protocol/savedState.ts';
import { said, type Sentence } from '../protocol/sentence.ts';

/** Raised when an old reader could misread a new checkpoint. */
export const CHECKPOINT_VERSION = 1;

export const CHECKPOINT_FILES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  model: 'model.safetensors',
  optimizer: 'optimizer.safetensors',
  state: 'state.json',
} as const;

/** There beside the others where a run trains adapters: all of them or none. */
export const ADAPTER_FILES = {
  adapterConfig: 'adapter_config.json',
  adapter: ADAPTER_FILE,
  /** The adapted matrices as they were before training. */
  base: 'base.safetensors',
} as const;

export const MANIFEST = 'manifest.json';

/** The manifest as JSON whose last member `crc` is the CRC-32 (hex) of all that stands before it, and a line break. */
export function encodeManifest(manifest: CheckpointManifest): string {
  const body = JSON.stringify(manifest).slice(0, -1);
  return `${body},"crc":"${crc32(body)}"}\n`;
}

/** The manifest of a text, or the sentence that says what is wrong with it. */
export function decodeManifest(text: string): CheckpointManifest | Sentence {
  const tail = /,"crc":"([0-9a-f]{8})"\}\n$/.exec(text);
  if (!tail) return said`${MANIFEST} is cut off or was changed (no checksum at its end).`;
  const body = text.slice(0, tail.index);
  if (crc32(body) !== tail[1]) return said`${MANIFEST} is damaged: its checksum does not match.`;
  const value = parse(`${body}}`);
  if (!isRecord(value)) return said`${MANIFEST} is not a JSON object.`;
  if (typeof value.v === 'number' && value.v > CHECKPOINT_VERSION) {
    return said`${MANIFEST} was written by a newer version (${value.v}); this one reads up to ${CHECKPOINT_VERSION}.`;
  }
  return isManifest(value) ? value : said`A member of ${MANIFEST} is missing or has the wrong type.`;
}

function isManifest(value: Record<string, unknown>): value is Record<string, unknown> & CheckpointManifest {
  return (
    value.v === CHECKPOINT_VERSION &&
    typeof value.runId === 'string' &&
    isCount(value.step) &&
    isCount(value.time) &&
    typeof value.configHash === 'string' &&
    (value.score === null || Number.isFinite(value.score)) &&
    Array.isArray(value.files) &&
    namesEachFileOnce(value.files)
  );
}

function namesEachFileOnce(files: readonly unknown[]): boolean {
  const names = files.filter(isFile).map(({ name }) => name);
  const always: readonly string[] = Object.values(CHECKPOINT_FILES);
  const adapter: readonly string[] = Object.values(ADAPTER_FILES);
  const texts = TEXT_FILES.filter((name) => names.includes(name));
  const wanted = [...always, ...texts, ...(names.some((name) => adapter.includes(name)) ? adapter : [])];
  return files.length === wanted.length && wanted.every((name) => names.includes(name));
}

const isFile = (file: unknown): file is CheckpointManifest['files'][number] =>
  isRecord(file) &&
  typeof file.name === 'string' &&
  isCount(file.bytes) &&
  typeof file.sha256 === 'string' &&
  /^[0-9a-f]{64}$/.test(file.sha256);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of a JSON text; undefined if it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
