/** The tabs, in their order: a new view is a file and a line here. */
import type { Tab } from '../stage.ts';
import { curvesTab } from './curves.ts';
import { logTab } from './log.ts';
import { overviewTab } from './overview.ts';
import { samplesTab } from './samples.ts';
import { scoresTab } from './scores.ts';

export const tabs: readonly Tab[] = [overviewTab, curvesTab, samplesTab, scoresTab, logTab];
