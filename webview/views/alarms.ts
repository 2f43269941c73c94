/** What needs a person: a failure with its remedy, a silent or dead process, numbers that are none. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { errorText } from '../../src/protocol/errorText.ts';
import type { Health, PanelAction } from '../../src/protocol/panel.ts';
import {
  policyAlarmMeaning,
  policyAlarmRemedy,
  policyAlarms,
  policyAlarmTitle,
} from '../../src/protocol/policyAlarms.ts';
import { english } from '../../src/protocol/sentence.ts';
import type { Model } from '../model.ts';
import { standingOf } from '../standing.ts';
import { metricName, type Words } from '../text.ts';
import { isWorking } from './specs.ts';

export interface Alarm {
  readonly severity: 'error' | 'warning';
  readonly title: string;
  /** Sentences, the first from our words, others possibly from a file or a system: already safe to show. */
  readonly lines: readonly string[];
  readonly actions: readonly PanelAction[];
}

/** The log has the rest. */
const WORDS_SHOWN = 800;

export function alarmsOf({ run, health }: Model, words: Words): Alarm[] {
  const { t, tell } = words;
  const alarms: Alarm[] = [];
  if (run.status === 'failed' && run.error) {
    const { title, meaning, remedy } = errorText(run.error.code);
    const { error } = run;
    const told = error.remedy ? displayLine(tell(error.remedy, error.remedySaid), WORDS_SHOWN) : t(remedy);
    const lines = [displayLine(tell(error.message, error.said), WORDS_SHOWN), t(meaning), told];
    alarms.push({ severity: 'error', title: t(title), lines, actions: ['continue', 'openLog', 'openConfig'] });
  }
  const standing = standingOf(run, health);
  if (standing === 'lost') alarms.push(lost(health.kind === 'lost' ? health.lastWords : '', words));
  if (standing === 'notResponding' && health.kind === 'notResponding') alarms.push(silent(health, words));
  return [...alarms, ...notFinite(run, words), ...ofPolicy(run, words)];
}

function lost(lastWords: string, { t }: Words): Alarm {
  return {
    severity: 'error',
    title: t('The trainer is gone without a word'),
    lines: [
      t(
        'It was killed, or the machine lost power. Everything up to the last checkpoint is safe: continue the run from it.',
      ),
      ...(lastWords ? [t('Its last words: {0}', displayLine(lastWords, WORDS_SHOWN))] : []),
    ],
    actions: ['continue', 'openLog'],
  };
}

type Silence = Extract<Health, { readonly kind: 'notResponding' }>;

function silent({ since, abandonedOn }: Silence, { t, clock }: Words): Alarm {
  if (abandonedOn !== undefined)
    return {
      severity: 'warning',
      title: t('The trainer does not respond'),
      lines: [
        t(
          'It ran on another machine, {0}, and gave no sign of life since {1}. If it is gone, continue the run here.',
          displayLine(abandonedOn, 80),
          clock(since),
        ),
      ],
      actions: ['continue', 'openLog'],
    };
  return {
    severity: 'warning',
    title: t('The trainer does not respond'),
    lines: [
      t(
        'No sign of life since {0}. A sleeping machine or a very long step looks the same; nothing is stopped by itself.',
        clock(since),
      ),
    ],
    actions: ['stop', 'openLog'],
  };
}

/** While it learns: afterwards the log has them. */
function ofPolicy(run: Model['run'], { t, tell }: Words): Alarm[] {
  if (run.recipe !== 'grpo' || !isWorking(run)) return [];
  return policyAlarms(run).map((alarm) => {
    const meaning = policyAlarmMeaning(alarm);
    return {
      severity: 'warning',
      title: t(policyAlarmTitle(alarm.name)),
      lines: [tell(english(meaning), meaning), t(policyAlarmRemedy(alarm.name))],
      actions: ['openConfig'],
    };
  });
}

/** Metrics whose newest value is not a finite number. */
function notFinite({ series, error }: Model['run'], { t, count }: Words): Alarm[] {
  if (error?.code === 'diverged') return [];
  const names = Object.entries(series).filter(([, { values }]) => values.at(-1) === null);
  if (names.length === 0) return [];
  const told = names.slice(0, 3).map(([name]) => metricName(t, name));
  const step = Math.max(...names.map(([, { steps }]) => steps.at(-1) ?? 0));
  return [
    {
      severity: 'warning',
      title: t('Not a finite number: {0}', told.join(', ')),
      lines: [
        t(
          'Seen last at step {0}. If it stays so, stop the run, lower the learning rate and continue from a checkpoint.',
          count(step),
        ),
      ],
      actions: ['openConfig'],
    },
  ];
}
