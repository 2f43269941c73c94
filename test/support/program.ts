/** Bundles one program of test/trainer/fixtures for a process of its own. */
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** Path of the bundle, beside the other builds of tests, where the packages it needs can be found. The caller removes it. */
export async function buildFixture(name: string): Promise<string> {
  const outfile = resolve('node_modules', '.cache', `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [join('test', 'trainer', 'fixtures', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}
