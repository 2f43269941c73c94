import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../scripts/shell.mjs';
import { parseCode } from './code.mjs';

/** A dying extension host is reported as success by the workbench; the stand-in must not pass that on. */
const suites = [
  { suite: 'good', code: 0, said: 'said by the suite' },
  { suite: 'failing', code: 1, said: '1 of 1 tests failed' },
  { suite: 'dying', code: 1, said: 'exited with code: 7' },
  { suite: 'leaving', code: 1, said: 'ended before the suite did' },
];

describe('the stand-in for code', () => {
  test.each(suites)('ends a $suite suite with exit code $code', async ({ suite, code, said }) => {
    const folder = join(import.meta.dirname, 'truth');
    const ended = await run(
      process.execPath,
      [
        join(import.meta.dirname, 'code.mjs'),
        '--disable-workspace-trust',
        `--extensionDevelopmentPath=${folder}`,
        `--extensionTestsPath=${join(folder, `${suite}.cjs`)}`,
      ],
      { quiet: true },
    );
    expect(ended.output).toContain(said);
    expect(ended.code).toBe(code);
  });

  test('takes the arguments of @vscode/test-electron', () => {
    const args = ['/work space', '--extensions-dir=/e', '--no-sandbox', '--disable-workspace-trust'];
    expect(parseCode([...args, '--extensionTestsPath=/t.cjs', '--extensionDevelopmentPath=/d'])).toEqual({
      development: ['/d'],
      tests: '/t.cjs',
      extensions: '/e',
      folder: '/work space',
      trust: true,
    });
    expect(() => parseCode(['/folder'])).toThrow(/--extensionTestsPath/);
  });
});
