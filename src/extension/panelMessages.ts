/** The border to the webview: what it sends is unknown until it passed here. */
import { PANEL_ACTIONS, type FromPanel, type PanelAction } from '../protocol/panel.ts';

const ID_LIMIT = 200;
const MESSAGE_LIMIT = 4000;

/** The message if it is one of ours to the letter, else null. Never a path, a command or markup: ids only. */
export function readFromPanel(message: unknown): FromPanel | null {
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  const { type } = message;
  if (type === 'ready') return hasOnly(message, 'type') ? { type } : null;
  if (type === 'act') return readAct(message);
  if (type === 'openCompletion') {
    const id = textOf(message, 'id', ID_LIMIT);
    return id === null ? null : { type, id };
  }
  if (type === 'loadSamples') {
    const file = textOf(message, 'file', ID_LIMIT);
    return file === null ? null : { type, file };
  }
  if (type === 'reportError') {
    const text = textOf(message, 'message', MESSAGE_LIMIT);
    return text === null ? null : { type, message: text };
  }
  return null;
}

function readAct(message: object): FromPanel | null {
  const action = textOf(message, 'action', ID_LIMIT);
  return action !== null && isAction(action) ? { type: 'act', action } : null;
}

const isAction = (text: string): text is PanelAction => (PANEL_ACTIONS as readonly string[]).includes(text);

/** The text under the one key beside `type`; null if it is no text, empty, too long or not alone. */
function textOf(message: object, key: string, limit: number): string | null {
  if (!hasOnly(message, 'type', key)) return null;
  const value: unknown = Object.getOwnPropertyDescriptor(message, key)?.value;
  return typeof value === 'string' && value.length > 0 && value.length <= limit ? value : null;
}

const hasOnly = (message: object, ...keys: readonly string[]): boolean => {
  const own = Object.keys(message);
  return own.length === keys.length && keys.every((key) => own.includes(key));
};
