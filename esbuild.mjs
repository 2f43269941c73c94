/** Bundles the four programs: extension (CommonJS for the editor), trainer and CLI (Node), panel (browser). */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

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
    outfile: 'dist/extension.cjs',
  },
  { ...node, entryPoints: ['src/trainer/main.ts'], outfile: 'dist/trainer.mjs' },
  { ...node, entryPoints: ['src/trainer/pulse.ts'], outfile: 'dist/pulse.mjs' },
  { ...node, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.mjs' },
  {
    ...shared,
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    entryPoints: ['webview/main.ts'],
    outfile: 'dist/panel.js',
    loader: { '.css': 'css' },
  },
];

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });
cpSync('node_modules/uplot/dist/uPlot.min.css', 'dist/uplot.css');
mergeStrings();
if (watch) for (const program of programs) await (await context(program)).watch();
else await Promise.all(programs.map((program) => build(program)));

/** l10n/<language>/*.json become one bundle per language, which the editor, the CLI and the panel share. */
function mergeStrings() {
  mkdirSync('dist/l10n');
  writeFileSync('dist/l10n/bundle.l10n.json', '{}');
  for (const language of readdirSync('l10n')) {
    const parts = readdirSync(`l10n/${language}`).map((name) =>
      JSON.parse(readFileSync(`l10n/${language}/${name}`, 'utf8')),
    );
    writeFileSync(`dist/l10n/bundle.l10n.${language}.json`, JSON.stringify(Object.assign({}, ...parts)));
  }
}
