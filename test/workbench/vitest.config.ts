/** The stories: each drives a real workbench in Chromium, one after the other. `VALLEY_SCREENSHOT=1` takes the README's picture instead. */
import { defineConfig } from 'vitest/config';

const files = process.env['VALLEY_SCREENSHOT'] === '1' ? '*.picture.ts' : '*.story.ts';

export default defineConfig({
  test: {
    include: [`test/workbench/${files}`],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
  },
});
