/** What a report says, in its order, as plain data: made once, written as Markdown and as a page, in any language. */
import { figureIn, saidOf, type Figure, type Say } from '../figures/figure.ts';
import type { RunError } from '../events.ts';
import type { Told } from '../sentence.ts';
import type { LadderVerdict } from '../verdict.ts';

/** `Words` is `Told` where it is made, and text where it is shown. */
export interface Report<Words = string> {
  readonly title: Words;
  /** What was run, in one line: model, kind of ladder, seeds, problems. */
  readonly subtitle: Words;
  /** The answer, most important first, each with its evidence. */
  readonly answer: readonly Words[];
  readonly sections: readonly ReportSection<Words>[];
}

export interface ReportSection<Words = string> {
  readonly title: Words;
  readonly words: readonly Words[];
  readonly figures: readonly Figure<Words>[];
  readonly checks: readonly ReportCheck<Words>[];
  readonly tables: readonly ReportTable<Words>[];
}

/** Something that was looked for and would explain the fall away. */
export interface ReportCheck<Words = string> {
  readonly name: Words;
  /** `no`: ruled out. */
  readonly holds: 'yes' | 'no' | 'unknown';
  readonly evidence: Words;
}

export interface ReportTable<Words = string> {
  readonly header: readonly Words[];
  readonly rows: readonly (readonly Words[])[];
}

/** The report in the language of `say`. */
export function reportIn(say: Say, report: Report<Told>): Report {
  const words = (told: Told): string => saidOf(say, told);
  return {
    title: words(report.title),
    subtitle: words(report.subtitle),
    answer: report.answer.map(words),
    sections: report.sections.map((section) => ({
      title: words(section.title),
      words: section.words.map(words),
      figures: section.figures.map((figure) => figureIn(say, figure)),
      checks: section.checks.map((check) => ({ ...check, name: words(check.name), evidence: words(check.evidence) })),
      tables: section.tables.map(({ header, rows }) => ({
        header: header.map(words),
        rows: rows.map((row) => row.map(words)),
      })),
    })),
  };
}

/** One sign and its words: `✓ ruled out`. */
export const CHECK_SIGNS: Readonly<Record<ReportCheck['holds'], { readonly sign: string; readonly words: string }>> = {
  no: { sign: '✓', words: 'ruled out' },
  yes: { sign: '✗', words: 'found' },
  unknown: { sign: '?', words: 'not known' },
};

/** What `report` of the trainer answers. */
export type ReportAnswer =
  | { readonly type: 'reported'; readonly report: Report<Told>; readonly verdicts: readonly LadderVerdict[] }
  | { readonly type: 'refused'; readonly error: RunError };

/** Names in the folder of a report. */
export const REPORT_FILES = {
  page: 'report.html',
  text: 'report.md',
  data: 'report.json',
  figures: 'figures',
} as const;
