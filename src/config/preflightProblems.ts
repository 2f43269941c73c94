/** What pre-flight found, as problems of the config that governs it. */
import type { PreflightReport } from '../protocol/preflight.ts';
import { english, type Sentence, translated } from '../protocol/sentence.ts';
import type { Strings } from '../protocol/translate.ts';
import type { ConfigProblem } from './configProblem.ts';
import { locateFindings } from './parseConfig.ts';

/** In the order of the report: the gravest first. `text` is the config as it was looked at. */
export function preflightProblems(
  { findings }: Pick<PreflightReport, 'findings'>,
  text: string,
  fileName: string,
  strings: Strings,
): ConfigProblem[] {
  const words = (sentence: Sentence | null): string =>
    sentence === null ? '' : translated(strings, english(sentence), sentence);
  return locateFindings(
    text,
    fileName,
    findings.map(({ path, severity, said, remedy }) => ({
      path,
      at: 'value',
      severity,
      message: words(said),
      remedy: words(remedy),
    })),
  );
}
