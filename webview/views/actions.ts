/** Buttons for what may be asked of a run. A pressed one waits until the run answers by its events. */
import type { PanelAction } from '../../src/protocol/panel.ts';
import type { IconName } from '../icons.ts';
import type { Stage } from '../stage.ts';
import type { Standing } from '../standing.ts';
import type { Say } from '../text.ts';
import { button } from '../toolkit.ts';

/** After this long without an answer a button may be pressed again. */
const ANSWER_WITHIN_MS = 5000;

export interface ActionButtons {
  /** The same buttons each time, enabled anew when the standing changed. */
  of(actions: readonly PanelAction[], standing: Standing): HTMLElement[];
  dispose(): void;
}

export function actionButtons(stage: Stage): ActionButtons {
  const made = new Map<PanelAction, HTMLElement & { disabled: boolean }>();
  let [waiting, seen] = [0, ''];
  const enableAll = (): void => {
    for (const known of made.values()) known.disabled = false;
  };
  const press = (action: PanelAction): void => {
    stage.post({ type: 'act', action });
    const pressed = made.get(action);
    if (!pressed || !ANSWERED.includes(action)) return;
    pressed.disabled = true;
    clearTimeout(waiting);
    waiting = setTimeout(enableAll, ANSWER_WITHIN_MS);
  };
  const make = (action: PanelAction): HTMLElement & { disabled: boolean } => {
    const isPrimary = action === 'continue' || action === 'resume';
    const look = { label: actionName(stage.words.t, action), isPrimary, onPress: () => press(action) };
    const sign = SIGNS[action];
    const created = button(sign ? { ...look, icon: sign } : look);
    created.dataset['action'] = action;
    made.set(action, created);
    return created;
  };
  return {
    of: (actions, standing) => {
      if (standing !== seen) enableAll();
      seen = standing;
      return actions.map((action) => made.get(action) ?? make(action));
    },
    dispose: () => clearTimeout(waiting),
  };
}

/** Those whose answer is another standing of the run. */
const ANSWERED: readonly PanelAction[] = ['pause', 'resume', 'stop'];

const SIGNS: Readonly<Partial<Record<PanelAction, IconName>>> = {
  pause: 'pause',
  resume: 'play',
  continue: 'play',
  stop: 'stop',
  saveCheckpoint: 'save',
};

export function actionName(t: Say, action: PanelAction): string {
  switch (action) {
    case 'pause':
      return t('Pause');
    case 'resume':
      return t('Resume');
    case 'stop':
      return t('Stop');
    case 'saveCheckpoint':
      return t('Checkpoint');
    case 'continue':
      return t('Continue');
    case 'sample':
      return t('Sample…');
    case 'evaluate':
      return t('Evaluate…');
    case 'revealFolder':
      return t('Reveal folder');
    case 'openConfig':
      return t('Open config');
    case 'openLog':
      return t('Open log');
    case 'doctor':
      return t('Doctor');
    case 'openReport':
      return t('Open report');
    default:
      return action satisfies never;
  }
}
