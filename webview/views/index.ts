/** The tabs, in their order: a new view is a file and a line here. */
import type { Recipe } from '../../src/protocol/events.ts';
import type { Tab } from '../stage.ts';
import { curvesTab } from './curves.ts';
import { groupsTab } from './groups.ts';
import { logTab } from './log.ts';
import { overviewTab } from './overview.ts';
import { samplesTab } from './samples.ts';
import { scoresTab } from './scores.ts';
import { verdictTab } from './ladderVerdict.ts';

const tabs: readonly Tab[] = [overviewTab, verdictTab, curvesTab, samplesTab, groupsTab, scoresTab, logTab];

/** Those of a run of the recipe. */
export const tabsFor = (recipe: Recipe | null): readonly Tab[] => tabs.filter(({ isFor }) => isFor?.(recipe) ?? true);
