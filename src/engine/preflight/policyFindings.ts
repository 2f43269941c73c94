/** What must be known before a policy is let loose on problems: pure, so that every trouble can be planted in a test. */
import { reasonText } from '../../protocol/preparationText.ts';
import { phrase, said, type Sentence } from '../../protocol/sentence.ts';
import type { ExampleStatistics, PreflightFinding, PreflightSource } from '../../protocol/preflight.ts';
import { disk as diskFinding, memory as memoryFinding, type PreflightFacts } from './preflightFindings.ts';

/** What findings are made from. */
export interface PolicyFacts extends Pick<PreflightFacts, 'memory' | 'disk' | 'passPath' | 'paths'> {
  readonly kind: 'task' | 'rows';
  readonly source: PreflightSource;
  /** Of problems: `completion` has the lengths of the shortest texts that are paid. */
  readonly statistics: ExampleStatistics;
  /** Problems without an answer that the verifier can read, among those looked at; the place of the first. */
  readonly unverifiable: { readonly count: number; readonly first: string };
  /** Problems that can be asked, where all were looked at. */
  readonly problems: number | null;
  /** `rollout.prompts` and `rollout.maxNewTokens`. */
  readonly prompts: number;
  readonly maxNewTokens: number;
  /** Longest sequence that the model reads. */
  readonly maxPositions: number;
  /** The longest prompt that is asked. */
  readonly mostTokens: number;
}

const ORDER: readonly PreflightFinding['severity'][] = ['error', 'warning', 'hint'];

/** The gravest first. */
export const policyFindings = (facts: PolicyFacts): readonly PreflightFinding[] =>
  [badRows, long, unverifiable, few, budget, room, memoryFinding, diskFinding]
    .flatMap((look) => look(facts))
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));

const counted = (count: number): string => count.toLocaleString('en-US');

function badRows({ source, statistics: { bad, examples }, paths }: PolicyFacts): PreflightFinding[] {
  const severity = examples === 0 ? 'error' : 'warning';
  return bad.map(({ reason, detail, first, rows }) => {
    const why = detail === '' ? phrase(reasonText(reason)) : said`${phrase(reasonText(reason))}: ${detail}`;
    return {
      ...{ topic: 'badRows', severity, path: paths.data },
      said: said`${counted(rows)} of ${counted(source.looked)} rows become no problem: ${why}, the first at ${first}.`,
      remedy: said`Name the format and the column of each role, or write the data again.`,
    };
  });
}

function unverifiable({ unverifiable: { count, first }, statistics, paths }: PolicyFacts): PreflightFinding[] {
  if (count === 0) return [];
  const { examples } = statistics;
  return [
    {
      topic: 'unverifiable',
      severity: count === examples ? 'error' : 'warning',
      path: paths.data,
      said: said`${counted(count)} of ${counted(examples)} problems have no right answer that can be verified (the first: ${first}). They are not asked.`,
      remedy: said`Name the column of the right answers in data.columns.answer.`,
    },
  ];
}

function long({ kind, statistics: { tooLong, examples, prompt }, mostTokens, paths }: PolicyFacts): PreflightFinding[] {
  if (kind === 'task' || tooLong.count === 0) return [];
  return [
    {
      topic: 'tooLong',
      severity: tooLong.count === examples ? 'error' : 'warning',
      path: paths.limit,
      said: said`${counted(tooLong.count)} of ${counted(examples)} prompts are longer than ${counted(mostTokens)} tokens and are not asked (the first: ${tooLong.first}; the longest: ${counted(prompt.longest)}).`,
      remedy: said`Raise data.maxPromptLength as far as the model reads, or leave them out.`,
    },
  ];
}

function few({ problems, prompts, paths, source }: PolicyFacts): PreflightFinding[] {
  if (problems === null || prompts <= problems) return [];
  return [
    {
      topic: 'fewExamples',
      severity: 'error',
      path: ['rollout', 'prompts'],
      said: said`A rollout takes ${counted(prompts)} problems, but of ${source.name} only ${counted(problems)} can be asked.`,
      remedy: said`Lower rollout.prompts, or bring more problems (${paths.data.join('.')}).`,
    },
  ];
}

/** A completion that is cut before its answer earns nothing. */
function budget({ kind, statistics: { completion }, maxNewTokens }: PolicyFacts): PreflightFinding[] {
  const { p90, longest } = completion;
  if (maxNewTokens >= longest) return [];
  const about: Sentence =
    kind === 'task'
      ? said`Completions are cut after ${counted(maxNewTokens)} tokens and then earn nothing, but written ones have up to ${counted(longest)}.`
      : said`Completions are cut after ${counted(maxNewTokens)} tokens and then earn nothing, but right answers in a box have up to ${counted(longest)} by themselves.`;
  return [
    {
      topic: 'evaluationCut',
      severity: maxNewTokens < p90 ? 'error' : 'warning',
      path: ['rollout', 'maxNewTokens'],
      said: about,
      remedy: said`Raise rollout.maxNewTokens to ${counted(longest)} and more.`,
    },
  ];
}

/** Behind long prompts the model has less room than completions may take. */
function room({ statistics: { prompt }, maxNewTokens, maxPositions }: PolicyFacts): PreflightFinding[] {
  if (prompt.longest + maxNewTokens <= maxPositions) return [];
  return [
    {
      topic: 'tooLong',
      severity: prompt.median + maxNewTokens > maxPositions ? 'error' : 'warning',
      path: ['rollout', 'maxNewTokens'],
      said: said`The model reads ${counted(maxPositions)} tokens: behind prompts of up to ${counted(prompt.longest)} there is no room for completions of ${counted(maxNewTokens)}.`,
      remedy: said`Lower rollout.maxNewTokens or data.maxPromptLength, or choose a model that reads more.`,
    },
  ];
}
