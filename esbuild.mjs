/** Bundles the four programs: extension (CommonJS for the editor), trainer and CLI (Node), panel (browser). */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');
/** Only the benchmark, beside what is there. */
const bench = process.argv.includes('--bench');
/** Only the fuzzer of data files, beside what is there. */
const fuzz = process.argv.includes('--fuzz');
/** The folder that is written whole. Packaging builds beside dist/, so that a running editor keeps its own. */
const out = process.argv.find((arg) => arg.startsWith('--outdir='))?.slice('--outdir='.length) ?? 'dist';

const shared = {
  bundle: true,
  sourcemap: !production,
  minify: production,
  legalComments: 'none',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
};
const node = {
  ...shared,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['onnxruntime-node', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

const programs = [
  {
    ...shared,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    entryPoints: ['src/extension/main.ts'],
    outfile: `${out}/extension.cjs`,
  },
  { ...node, entryPoints: ['src/trainer/main.ts'], outfile: `${out}/trainer.mjs` },
  { ...node, entryPoints: ['src/trainer/pulse.ts'], outfile: `${out}/pulse.mjs` },
  { ...node, entryPoints: ['src/trainer/prepare/rowsThread.ts'], outfile: `${out}/rowsThread.mjs` },
  { ...node, entryPoints: ['src/trainer/prepare/parquetProcess.ts'], outfile: `${out}/parquetProcess.mjs` },
  { ...node, entryPoints: ['src/trainer/grading/gradingProcess.ts'], outfile: `${out}/gradingProcess.mjs` },
  { ...node, entryPoints: ['src/trainer/templates/main.ts'], outfile: `${out}/template.mjs` },
  { ...node, entryPoints: ['src/cli/main.ts'], outfile: `${out}/cli.mjs` },
  {
    ...shared,
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    entryPoints: ['webview/main.ts'],
    outfile: `${out}/panel.js`,
    loader: { '.css': 'css' },
  },
];

const benchPrograms = [
  { ...node, entryPoints: ['bench/main.ts'], outfile: `${out}/bench.mjs` },
  { ...node, entryPoints: ['bench/worker.ts'], outfile: `${out}/bench-worker.mjs` },
  { ...node, entryPoints: ['bench/tfjsWorker.ts'], outfile: `${out}/bench-tfjs.mjs` },
  { ...node, entryPoints: ['bench/load.ts'], outfile: `${out}/bench-load.mjs` },
];

const fuzzPrograms = [{ ...node, entryPoints: ['test/fuzz/main.ts'], outfile: `${out}/fuzz.mjs` }];

if (!bench && !fuzz) await prepare();
if (watch) for (const program of programs) await (await context(program)).watch();
else await Promise.all((bench ? benchPrograms : fuzz ? fuzzPrograms : programs).map((program) => build(program)));

/** Everything in the folder that is no program. */
async function prepare() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync('node_modules/uplot/dist/uPlot.min.css', `${out}/uplot.css`);
  mergeStrings();
  await writeConfigSchema();
}

/** l10n/<language>/*.json become one bundle per language, which the editor, the CLI and the panel share. */
function mergeStrings() {
  mkdirSync(`${out}/l10n`);
  writeFileSync(`${out}/l10n/bundle.l10n.json`, '{}');
  for (const language of readdirSync('l10n')) {
    const parts = readdirSync(`l10n/${language}`).map((name) =>
      JSON.parse(readFileSync(`l10n/${language}/${name}`, 'utf8')),
    );
    writeFileSync(`${out}/l10n/bundle.l10n.${language}.json`, JSON.stringify(joined(parts, language)));
  }
}

/** One sentence has one translation, whoever says it. */
function joined(parts, language) {
  const bundle = new Map();
  for (const [sentence, words] of parts.flatMap((part) => Object.entries(part))) {
    if ((bundle.get(sentence) ?? words) !== words)
      throw new Error(`l10n/${language}: "${sentence}" is translated as "${bundle.get(sentence)}" and as "${words}".`);
    bundle.set(sentence, words);
  }
  return Object.fromEntries(bundle);
}

/** The JSON Schemas of configs, generated from the source of types and validation: a strict one, and the one for our editor. */
async function writeConfigSchema() {
  const entryPoints = ['src/config/jsonSchema.ts'];
  const { outputFiles } = await build({ ...node, banner: {}, sourcemap: false, write: false, entryPoints });
  const source = Buffer.from(outputFiles[0].text).toString('base64');
  const { configJsonSchema, editorJsonSchema } = await import(`data:text/javascript;base64,${source}`);
  writeFileSync(`${out}/valley.schema.json`, JSON.stringify(configJsonSchema(), null, 2));
  writeFileSync(`${out}/valley.editor.schema.json`, JSON.stringify(editorJsonSchema(), null, 2));
}
