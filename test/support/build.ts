/** Bundles the trainer (and test programs beside it) once per state of the sources; all test files share the result. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const CACHE = resolve('node_modules/.cache/valley-test');
/** Builds of older sources are kept so long, for test runs that go on side by side. */
const KEPT_MS = 2 * 3_600_000;

export interface Programs {
  /** The real trainer. */
  readonly trainer: string;
  /** The real session around a recipe that does what VALLEY_FAKE says: see fakeTrainer.ts. */
  readonly fakeTrainer: string;
  /** The real trainer on a device that fails as VALLEY_FAULTS says: see faultyTrainer.ts. */
  readonly faultyTrainer: string;
  /** Starts a trainer and is killed: see dyingParent.ts. */
  readonly dyingParent: string;
  /** The thread that looks at rows. */
  readonly rowsThread: string;
  /** The process that decodes Parquet. */
  readonly parquetProcess: string;
  /** The real process that grades. */
  readonly gradingProcess: string;
  /** The real process of a chat template. */
  readonly template: string;
  /** The real command line. */
  readonly cli: string;
}

/** Paths of the bundled programs; pulse.mjs lies beside them. */
export async function buildPrograms(): Promise<Programs> {
  const folder = join(CACHE, sourceKey());
  if (!existsSync(folder)) await bundle(folder);
  return {
    trainer: join(folder, 'trainer.mjs'),
    fakeTrainer: join(folder, 'fakeTrainer.mjs'),
    faultyTrainer: join(folder, 'faultyTrainer.mjs'),
    dyingParent: join(folder, 'dyingParent.mjs'),
    rowsThread: join(folder, 'rowsThread.mjs'),
    parquetProcess: join(folder, 'parquetProcess.mjs'),
    gradingProcess: join(folder, 'gradingProcess.mjs'),
    template: join(folder, 'template.mjs'),
    cli: join(folder, 'cli.mjs'),
  };
}

async function bundle(folder: string): Promise<void> {
  const temporary = `${folder}.${randomBytes(4).toString('hex')}`;
  await build({
    entryPoints: {
      trainer: 'src/trainer/main.ts',
      pulse: 'src/trainer/pulse.ts',
      rowsThread: 'src/trainer/prepare/rowsThread.ts',
      parquetProcess: 'src/trainer/prepare/parquetProcess.ts',
      gradingProcess: 'src/trainer/grading/gradingProcess.ts',
      template: 'src/trainer/templates/main.ts',
      fakeTrainer: 'test/support/fakeTrainer.ts',
      faultyTrainer: 'test/support/faultyTrainer.ts',
      dyingParent: 'test/support/dyingParent.ts',
      cli: 'src/cli/main.ts',
    },
    outdir: temporary,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  publish(temporary, folder);
}

/** Two test files may build at once; the first to finish is used by both. */
function publish(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(temporary, { recursive: true });
  }
  for (const name of readdirSync(CACHE)) {
    const builtAt = statSync(join(CACHE, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - builtAt > KEPT_MS) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}

function sourceKey(): string {
  const hash = createHash('sha256');
  for (const file of [...sourcesIn('src'), ...sourcesIn('test/support')]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
