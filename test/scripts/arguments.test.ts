import { describe, expect, test } from 'vitest';
import { requireNode } from '../../scripts/ensure.mjs';
import { parseTargets } from '../../scripts/package.mjs';
import { parseStart } from '../../scripts/start.mjs';
import { parseTest } from '../../scripts/test.mjs';
import { unsupported } from '../../scripts/workbench.mjs';
import { workbenchAddress } from '../../scripts/workbenchServer.mjs';

describe('npm start', () => {
  test('opens an editor unless it is told otherwise', () => {
    expect(parseStart([])).toEqual({ headless: false, job: 'sft', workbench: false, port: 0 });
    expect(parseStart(['--headless'])).toMatchObject({ headless: true, job: 'sft' });
    expect(parseStart(['--headless', 'ladder'])).toMatchObject({ headless: true, job: 'ladder' });
    expect(() => parseStart(['ladder'])).toThrow(/Unknown argument ladder/);
    expect(parseStart(['--workbench', '--port', '8300'])).toEqual({
      headless: false,
      job: 'sft',
      workbench: true,
      port: 8300,
    });
  });

  test.each([['--head'], ['--port'], ['--port', '99999'], ['--port', 'x']])('refuses %s %s', (...args) => {
    expect(() => parseStart(args.filter((arg) => arg !== undefined))).toThrow(/Unknown argument --head|--port wants/);
  });

  test('says what to do where the workbench does not run', () => {
    expect(unsupported('linux', 'x64')).toBeNull();
    expect(unsupported('darwin', 'arm64')).toMatch(/npm start -- --headless/);
  });

  test('refuses a Node that is too old', () => {
    expect(() => requireNode('18.19.1')).toThrow(/18\.19\.1/);
    expect(() => requireNode('20.0.0')).not.toThrow();
  });
});

describe('npm test', () => {
  test('runs all suites unless some are named', () => {
    expect(parseTest([]).suites).toEqual(['check', 'unit', 'extension', 'workbench']);
    expect(parseTest(['workbench', 'unit'])).toEqual({ suites: ['unit', 'workbench'], filters: [] });
  });

  test('finds the suite of a file', () => {
    expect(parseTest(['test/engine/nn/linear.test.ts'])).toEqual({
      suites: ['unit'],
      filters: ['test/engine/nn/linear.test.ts'],
    });
    expect(parseTest(['training.story.ts']).suites).toEqual(['workbench']);
  });
});

describe('npm run package', () => {
  test('packs for this machine, a named target or all', () => {
    expect(parseTargets([], 'linux-x64')).toEqual(['linux-x64']);
    expect(parseTargets([], 'freebsd-x64')).toEqual(['universal']);
    expect(parseTargets(['--target', 'win32-x64'], 'linux-x64')).toEqual(['win32-x64']);
    expect(parseTargets(['--target', 'all'], 'linux-x64')).toHaveLength(5);
  });

  test.each([['--target'], ['--target', 'amiga'], ['linux-x64'], ['--target', 'all', 'more']])(
    'refuses %s %s %s',
    (...args) => {
      expect(() =>
        parseTargets(
          args.filter((arg) => arg !== undefined),
          'linux-x64',
        ),
      ).toThrow(/one of linux-x64/);
    },
  );
});

test('the address of a workbench names what it shows', () => {
  const address = new URL(workbenchAddress(8300, { folder: '/a b', token: 't', development: ['/ext'] }));
  expect(address.searchParams.get('folder')).toBe('/a b');
  expect(address.searchParams.get('tkn')).toBe('t');
  expect(JSON.parse(address.searchParams.get('payload') ?? '')).toEqual([
    ['extensionDevelopmentPath', 'vscode-remote://127.0.0.1:8300/ext'],
  ]);
});
