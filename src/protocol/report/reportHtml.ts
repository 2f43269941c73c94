/** A report as one page without a reference to anything outside: figures within it, light and dark, to print or send. */
import { figureRows, type Figure, type Say } from '../figures/figure.ts';
import { EDITOR_PALETTE } from '../figures/editorPalette.ts';
import { escaped, figureSvg, type FigurePalette } from '../figures/figureSvg.ts';
import { CHECK_SIGNS, type Report, type ReportCheck, type ReportSection } from './report.ts';

const PALETTE: FigurePalette = {
  text: 'var(--text)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  ground: 'none',
  series: ['var(--blue)', 'var(--orange)', 'var(--green)', 'var(--purple)', 'var(--pink)'],
  font: 'system-ui, sans-serif',
};

/** Where a page is looked at: what its colours are, as CSS. */
export type PageLook = string;

const [blue, orange, green, purple, pink] = EDITOR_PALETTE.series;

/** Within an editor: the colours of its theme. */
export const EDITOR_LOOK: PageLook = `
:root { --text: ${EDITOR_PALETTE.text}; --muted: ${EDITOR_PALETTE.muted}; --grid: ${EDITOR_PALETTE.grid};
  --ground: var(--vscode-editor-background);
  --blue: ${blue}; --orange: ${orange}; --green: ${green}; --purple: ${purple}; --pink: ${pink}; }
`;

/** A page that stands alone: light or dark as its reader likes it. */
const OWN_LOOK: PageLook = `
:root { color-scheme: light dark; --text: #1f2328; --muted: #59636e; --grid: #d1d9e0; --ground: #ffffff;
  --blue: #0b6bcb; --orange: #b3541e; --green: #1a7f37; --purple: #8250df; --pink: #bf3989; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9198a1; --grid: #3d444d; --ground: #0d1117;
  --blue: #4493f8; --orange: #f0883e; --green: #3fb950; --purple: #ab7df8; --pink: #db61a2; } }
`;

const STYLE = `
@media print { :root { --ground: #ffffff; } details { display: block; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin-bottom: 0.25rem; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
.subtitle, summary { color: var(--muted); }
.answer { border-left: 4px solid var(--blue); padding-left: 1.5rem; }
figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.875rem; margin: 0.5rem 0; }
th, td { text-align: right; padding: 0.2rem 0.6rem; border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child { text-align: left; }
.checks { list-style: none; padding-left: 0; } .checks span { display: inline-block; width: 1.5rem; }
`;

/** `language` as in BCP 47: `en`, `ko`. */
export function reportHtml(report: Report, language: string, say: Say, look: PageLook = OWN_LOOK): string {
  return `<!doctype html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(report.title)}</title>
<style>${look}${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(report.title)}</h1>
<p class="subtitle">${escaped(report.subtitle)}</p>
<ul class="answer">
${report.answer.map((words) => `<li>${escaped(words)}</li>`).join('\n')}
</ul>
${report.sections.map((section) => sectionOf(section, say)).join('\n')}
</main>
</body>
</html>
`;
}

function sectionOf({ title, words, figures, checks, tables }: ReportSection, say: Say): string {
  return [
    `<section><h2>${escaped(title)}</h2>`,
    ...words.map((one) => `<p>${escaped(one)}</p>`),
    ...figures.map((figure) => figureOf(figure, say)),
    checks.length > 0 ? `<ul class="checks">${checks.map((check) => checkOf(check, say)).join('')}</ul>` : '',
    ...tables.map(({ header, rows }) => tableOf(header, rows)),
    '</section>',
  ].join('\n');
}

function figureOf(figure: Figure, say: Say): string {
  const { header, rows } = figureRows(figure);
  return `<figure>${figureSvg(figure, PALETTE)}<figcaption>${escaped(figure.summary)}</figcaption>
<details><summary>${escaped(say('Table'))}</summary>${tableOf(header, rows)}</details></figure>`;
}

function checkOf({ name, holds, evidence }: ReportCheck, say: Say): string {
  const { sign, words } = CHECK_SIGNS[holds];
  return `<li><span aria-hidden="true">${sign}</span><strong>${escaped(name)}</strong> (${escaped(say(words))}): ${escaped(evidence)}</li>`;
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((one) => `<${tag}>${escaped(one)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${cells('th', header)}</thead><tbody>${rows.map((row) => cells('td', row)).join('\n')}</tbody></table>`;
}
