import { expect, test } from 'vitest';
import { contentSecurityPolicy, panelPage } from '../../src/extension/panelPage.ts';

const page = {
  nonce: 'N0nce',
  cspSource: 'https://source.example',
  script: 'https://source.example/dist/panel.js',
  styles: ['https://source.example/a.css'],
  locale: 'ko',
  runId: 'run-1',
  title: 'sft',
};

test('nothing is allowed but our scripts by nonce, our styles, images and fonts', () => {
  const rules = new Map(
    contentSecurityPolicy(page)
      .split('; ')
      .map((rule) => [rule.split(' ')[0], rule]),
  );
  expect(rules.get('default-src')).toBe("default-src 'none'");
  expect(rules.get('script-src')).toBe("script-src 'nonce-N0nce'");
  for (const source of ['connect-src', 'form-action', 'base-uri', 'frame-src'])
    expect(rules.get(source)).toBe(`${source} 'none'`);
  expect(rules.get('font-src')).toBe('font-src https://source.example');
  expect(rules.get('img-src')).toBe('img-src https://source.example blob:');
  expect([...rules.values()].join()).not.toMatch(/unsafe-eval|\*|https?:(?!\/\/source\.example)|data:/);
});

test('the page carries the policy, one script with the nonce, and the id of the run', () => {
  const html = panelPage(page);
  expect(html).toContain(`content="${contentSecurityPolicy(page)}"`);
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).toContain('<script nonce="N0nce" src="https://source.example/dist/panel.js">');
  expect(html).toContain('<html lang="ko">');
  expect(html).toContain('data-run-id="run-1"');
});

test('a run cannot write markup into the page', () => {
  const html = panelPage({ ...page, runId: '"><script>alert(1)</script>', title: '</title><img src=x>' });
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toContain('<img');
});
