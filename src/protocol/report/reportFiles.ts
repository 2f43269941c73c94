/** All files of a report, by path within its folder: the page, the text, the data, and each figure as picture and as table. */
import { figureCsv } from '../figures/figureCsv.ts';
import type { Figure, Say } from '../figures/figure.ts';
import { figureSvg } from '../figures/figureSvg.ts';
import type { Told } from '../sentence.ts';
import type { LadderVerdict } from '../verdict.ts';
import { REPORT_FILES, reportIn, type Report } from './report.ts';
import { reportHtml } from './reportHtml.ts';
import { reportMarkdown } from './reportMarkdown.ts';

/** `language` as in BCP 47. */
export function reportFiles(
  told: Report<Told>,
  verdicts: readonly LadderVerdict[],
  { language, say }: { readonly language: string; readonly say: Say },
): ReadonlyMap<string, string> {
  const report = reportIn(say, told);
  const figures = namedFigures(report);
  const imageOf = (figure: Figure): string => `${REPORT_FILES.figures}/${figures.get(figure) ?? figure.name}.svg`;
  const [verdict] = verdicts;
  const data = { v: 1, ...(verdicts.length === 1 ? { verdict } : {}), verdicts, report };
  return new Map([
    [REPORT_FILES.page, reportHtml(report, language, say)],
    [REPORT_FILES.text, reportMarkdown(report, imageOf, say)],
    [REPORT_FILES.data, `${JSON.stringify(data, null, 1)}\n`],
    ...[...figures].flatMap(([figure, name]): [string, string][] => [
      [`${REPORT_FILES.figures}/${name}.svg`, figureSvg(figure)],
      [`${REPORT_FILES.figures}/${name}.csv`, figureCsv(figure)],
    ]),
  ]);
}

/** Each figure with a name of its own: several ladders have figures of one name. */
function namedFigures(report: Report): ReadonlyMap<Figure, string> {
  const counts = new Map<string, number>();
  return new Map(
    report.sections
      .flatMap(({ figures }) => figures)
      .map((figure) => {
        const count = (counts.get(figure.name) ?? 0) + 1;
        counts.set(figure.name, count);
        return [figure, count === 1 ? figure.name : `${figure.name}-${count}`];
      }),
  );
}
