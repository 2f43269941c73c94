/** From the verdict of a ladder to the configs that are worth running next, each with the advice and the evidence behind it. */
import { said, saidIn, saidTogether, type Sentence } from '../../protocol/sentence.ts';
import { translate, type Strings } from '../../protocol/translate.ts';
import type { Advice, AdviceKind, LadderVerdict } from '../../protocol/verdict.ts';
import { valueAt } from '../explain.ts';
import { parseConfig } from '../parseConfig.ts';
import type { LadderConfig } from '../schema.ts';
import { type Change, editConfig } from './editConfig.ts';
import { type LadderAdvice, ladderChanges, openFinding } from './ladderChanges.ts';
import { plainTraining } from './plainTraining.ts';

export interface Suggestion {
  readonly kind: AdviceKind;
  /** The advice with its evidence. */
  readonly reason: Sentence;
  /** Of the ladder's config; empty where no key can follow the advice, and for a config of its own. */
  readonly changes: readonly Change[];
}

export interface NextConfig {
  /** `ladder`: the present config, edited. `sft`: a config of its own. */
  readonly recipe: 'ladder' | 'sft';
  readonly suggestions: readonly Suggestion[];
  /** A whole config without errors, its reasons in a comment at its head. */
  readonly text: string;
}

export interface Suggested {
  /** The one to take first comes first. */
  readonly configs: readonly NextConfig[];
  /** Advice that no config can follow. */
  readonly unfollowed: readonly Suggestion[];
}

export interface PresentLadder {
  /** The config as it was run. */
  readonly text: string;
  readonly config: LadderConfig;
  readonly verdict: LadderVerdict;
  /** The model that the rungs start from, as a new config is to name it. */
  readonly start: string;
  /** Of the reasons in the comment. */
  readonly strings: Strings;
}

export function suggestNext(present: PresentLadder): Suggested {
  const { ladder, unfollowed } = editedLadder(present);
  const own = present.verdict.next.flatMap((advice) => ownConfig(present, advice));
  return { configs: [...ladder, ...own], unfollowed };
}

/** All advice that the ladder itself can follow, in one config. */
function editedLadder(present: PresentLadder): { ladder: NextConfig[]; unfollowed: Suggestion[] } {
  const { verdict } = present;
  const causes = verdict.fakeValleys.filter(({ holds }) => holds === 'yes');
  let { config } = present;
  let text = editConfig(present.text, rebased(present));
  const followed: Suggestion[] = [];
  const unfollowed: Suggestion[] = [];
  for (const { kind, said: advice } of wanted(verdict)) {
    if (!isOfLadder(kind)) continue;
    const cause = kind === 'mendMeasurement' ? (causes.shift() ?? null) : null;
    const asked = ladderChanges(kind, { config, verdict, cause });
    const changes = asked.filter((change) => !isSaid(config, change));
    const edited = editConfig(text, changes);
    const parsed = parseConfig(edited, '');
    const isFollowed = changes.length > 0 && parsed.ok && parsed.config.recipe === 'ladder';
    const reason = withEvidence({ kind, said: advice }, verdict);
    (isFollowed ? followed : unfollowed).push({ kind, reason, changes: isFollowed ? changes : [] });
    if (isFollowed) [text, config] = [edited, parsed.config];
  }
  if (followed.length === 0) return { ladder: [], unfollowed };
  return { ladder: [{ recipe: 'ladder', suggestions: followed, text: headed(text, followed, present) }], unfollowed };
}

const isSaid = (config: LadderConfig, { path, value }: Change): boolean =>
  JSON.stringify(valueAt(config, path)) === JSON.stringify(value);

/** A given base is named from where the new config will lie. */
function rebased({ config: { base }, start }: PresentLadder): Change[] {
  if ('model' in base) return [];
  const key = 'path' in base ? 'path' : 'checkpoint';
  return Object.values(base).includes(start) ? [] : [{ path: ['base', key], value: start }];
}

/** Where problems or seeds would decide alike, problems do: they cost no training. */
function wanted(verdict: LadderVerdict): readonly Advice[] {
  const needed = openFinding(verdict)?.needed;
  const isEither = needed?.isTogether === false && needed.problems !== null && needed.seeds !== null;
  return verdict.next.filter(({ kind }) => !(isEither && kind === 'moreSeeds'));
}

const isOfLadder = (kind: AdviceKind): kind is LadderAdvice => kind !== 'shortTraces' && kind !== 'stopHere';

/** A training without a ladder: on short traces at the bottom, or on long ones where they are enough. */
function ownConfig(present: PresentLadder, advice: Advice): NextConfig[] {
  const { config, verdict, start } = present;
  const isShort = advice.kind === 'shortTraces';
  if (!isShort && advice.kind !== 'stopHere') return [];
  const size = isShort ? verdict.degradationDepth?.size : verdict.recoverySize;
  if (size === undefined || size === null) return [];
  const text = plainTraining(config, { stage: isShort ? 'short' : 'sft', size, seed: config.seeds[0] ?? 0 }, start);
  if (!parseConfig(text, '').ok) return [];
  const suggestions = [{ kind: advice.kind, reason: withEvidence(advice, verdict), changes: [] }];
  return [{ recipe: 'sft', suggestions, text: headed(text, suggestions, present) }];
}

function withEvidence({ kind, said: advice }: Advice, verdict: LadderVerdict): Sentence {
  const evidence = evidenceOf(kind, verdict);
  return evidence ? saidTogether([advice, evidence]) : said`${advice}`;
}

/** Some advice holds its evidence itself. */
function evidenceOf(kind: AdviceKind, verdict: LadderVerdict): Sentence | null {
  switch (kind) {
    case 'mendMeasurement':
    case 'shortTraces':
      return null;
    case 'moreProblems':
    case 'moreSeeds':
      return openFinding(verdict)?.said ?? null;
    case 'moreData':
    case 'stopHere':
      return verdict.morePays.said;
    case 'startRl':
      return verdict.rl.shouldStart.said;
    case 'measureControl':
      return verdict.valley.said;
    default:
      return kind satisfies never;
  }
}

/** The reason of a suggestion in the language of `strings`, on one line. */
export const reasonText = ({ reason }: Pick<Suggestion, 'reason'>, strings: Strings): string =>
  saidIn((sentence, ...args) => translate(strings, sentence, ...args), reason.text, reason).replaceAll(/\s+/g, ' ');

function headed(text: string, suggestions: readonly Suggestion[], { verdict, strings }: PresentLadder): string {
  const lead = translate(strings, 'Suggested by the verdict of the ladder of {0}:', verdict.model);
  const lines = [lead, ...suggestions.map((one) => `- ${reasonText(one, strings)}`)];
  return `${lines.map((line) => `// ${line}\n`).join('')}${text.replace(/^\ufeff/, '')}`;
}
