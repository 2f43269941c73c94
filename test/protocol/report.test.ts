import { expect, test } from 'vitest';
import { EDITOR_LOOK, reportHtml } from '../../src/protocol/report/reportHtml.ts';
import { reportMarkdown } from '../../src/protocol/report/reportMarkdown.ts';
import { reportIn, type Report } from '../../src/protocol/report/report.ts';
import { said, type Told } from '../../src/protocol/sentence.ts';
import { translate } from '../../src/protocol/translate.ts';

const REPORT: Report<Told> = {
  title: said`Does it help ${'<b>d64</b>'}?`,
  subtitle: 'an analogue | two seeds',
  answer: [said`It falls by ${33} points.`, 'Recovered.'],
  sections: [
    {
      title: 'Ruled out',
      words: ['Each with its *evidence*.'],
      figures: [
        {
          name: 'accuracy',
          title: 'Accuracy',
          summary: said`Falls to ${'20 %'}.`,
          x: { label: 'examples', scale: 'log', unit: 'count', includes: [0] },
          y: { label: 'accuracy', scale: 'linear', unit: 'share', includes: [0, 1] },
          band: null,
          lines: [{ label: 'long', points: [{ x: 32, y: 0.2, interval: [0.1, 0.3], n: 400 }] }],
        },
      ],
      checks: [
        { name: 'end never learned', holds: 'no', evidence: said`${0} of ${400} ran on.` },
        { name: 'overlap', holds: 'unknown', evidence: 'Not looked at.' },
      ],
      tables: [{ header: ['seed', 'n'], rows: [['1', '400']] }],
    },
  ],
};
const KOREAN = { 'It falls by {0} points.': '{0}포인트 떨어집니다.', 'ruled out': '배제됨', long: '긴 풀이' };
const english = (text: string, ...args: readonly (string | number)[]): string => translate({}, text, ...args);
const korean = (text: string, ...args: readonly (string | number)[]): string => translate(KOREAN, text, ...args);

test('the page holds all of it, escaped, and nothing from outside', () => {
  const page = reportHtml(reportIn(english, REPORT), 'en', english);
  expect(page).toContain('<h1>Does it help &lt;b&gt;d64&lt;/b&gt;?</h1>');
  expect(page).toContain('<li>It falls by 33 points.</li>');
  expect(page).toContain('<strong>end never learned</strong> (ruled out): 0 of 400 ran on.');
  expect(page).toContain('<td>20.0 %</td>');
  expect(page.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|src=|href=/);
});

test('within an editor the page has the colours of its theme alone', () => {
  const page = reportHtml(reportIn(english, REPORT), 'en', english, EDITOR_LOOK);
  expect(page).toContain('--text: var(--vscode-foreground)');
  expect(page).toContain('--blue: var(--vscode-charts-blue)');
  expect(page).not.toContain('prefers-color-scheme');
  const screen = page.replace(/@media print.*/, '');
  expect(screen).not.toMatch(/#[0-9a-f]{6}/);
});

test('Markdown shows the same as lines, pictures and tables', () => {
  const text = reportMarkdown(reportIn(english, REPORT), ({ name }) => `figures/${name}.svg`, english);
  expect(text).toContain(
    '# Does it help &lt;b\\>d64&lt;/b\\>?\n\nan analogue \\| two seeds\n\n- It falls by 33 points.',
  );
  expect(text).toContain('![Falls to 20.0 %.](figures/accuracy.svg)'.replace('20.0', '20'));
  expect(text).toContain('| long | 32 | 20.0 % | 10.0 % – 30.0 % | 400 |');
  expect(text).toContain(
    '- ✓ end never learned (ruled out): 0 of 400 ran on.\n- ? overlap (not known): Not looked at.',
  );
  expect(text).toContain('| seed | n |\n| --- | --- |\n| 1 | 400 |');
});

test('every word is translated where it is told', () => {
  const page = reportHtml(reportIn(korean, REPORT), 'ko', korean);
  expect(page).toContain('<html lang="ko">');
  expect(page).toContain('<li>33포인트 떨어집니다.</li>');
  expect(page).toContain('(배제됨)');
  expect(page).toContain('>긴 풀이</text>');
});
