/** A report as Markdown: its figures are files beside it, each with its table. */
import { displayText } from '../displayText.ts';
import { figureRows, type Figure, type Say } from '../figures/figure.ts';
import { CHECK_SIGNS, type Report, type ReportCheck, type ReportSection } from './report.ts';

/** `imageOf` gives the path of a figure's picture, relative to the file. */
export function reportMarkdown(report: Report, imageOf: (figure: Figure) => string, say: Say): string {
  const lines = [
    `# ${plain(report.title)}`,
    plain(report.subtitle),
    report.answer.map((words) => `- ${plain(words)}`).join('\n'),
    ...report.sections.flatMap((section) => sectionOf(section, imageOf, say)),
  ];
  return `${lines.join('\n\n')}\n`;
}

function sectionOf(section: ReportSection, imageOf: (figure: Figure) => string, say: Say): string[] {
  return [
    `## ${plain(section.title)}`,
    ...section.words.map(plain),
    ...section.figures.flatMap((figure) => [
      `![${plain(figure.summary)}](${imageOf(figure)})`,
      tableOf(figureRows(figure)),
    ]),
    ...(section.checks.length > 0 ? [section.checks.map((check) => checkLine(check, say)).join('\n')] : []),
    ...section.tables.map(tableOf),
  ];
}

function checkLine({ name, holds, evidence }: ReportCheck, say: Say): string {
  const { sign, words } = CHECK_SIGNS[holds];
  return `- ${sign} ${plain(name)} (${plain(say(words))}): ${plain(evidence)}`;
}

function tableOf({
  header,
  rows,
}: {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}) {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text on one line that Markdown and HTML leave as it is. */
const plain = (text: string): string =>
  displayText(text)
    .replaceAll('\n', ' ')
    .replace(/[\\`*_[\]<>|#&]/g, (sign) => (sign === '<' ? '&lt;' : sign === '&' ? '&amp;' : `\\${sign}`));
