/** The border to the webview: what it sends is unknown until it passed here. */
import {
  PANEL_ACTIONS,
  type EvaluationFile,
  type EvaluationPair,
  type EvaluationReference,
  type FromPanel,
  type PanelAction,
  type RunReference,
} from '../protocol/panel.ts';

const ID_LIMIT = 200;
const MESSAGE_LIMIT = 4000;
const PNG_LIMIT = 8_000_000;
/** Begins with the signature of PNG. */
const PNG_BASE64 = /^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/;
/** As many digits as the command line takes. */
const STEP_LIMIT = 99_999_999;

/** The message if it is one of ours to the letter, else null. Never a path, a command or markup: ids only. */
export function readFromPanel(message: unknown): FromPanel | null {
  if (!isObject(message) || !('type' in message)) return null;
  const { type } = message;
  if (type === 'ready' || type === 'loadScores') return hasOnly(message, 'type') ? { type } : null;
  if (type === 'act') return readAct(message);
  if (type === 'openCompletion') {
    const id = textOf(message, 'id', ID_LIMIT);
    return id === null ? null : { type, id };
  }
  if (type === 'loadSamples') {
    const file = textOf(message, 'file', ID_LIMIT);
    return file === null ? null : { type, file };
  }
  if (type === 'loadProblems' || type === 'openAnswer' || type === 'compare') return readMeasured(message, type);
  if (type === 'exportFigure' || type === 'exportPng') return readExport(message, type);
  if (type === 'reportError') {
    const text = textOf(message, 'message', MESSAGE_LIMIT);
    return text === null ? null : { type, message: text };
  }
  return null;
}

function readMeasured(message: object, type: 'loadProblems' | 'openAnswer' | 'compare'): FromPanel | null {
  if (type === 'compare') {
    const pair = hasOnly(message, 'type', 'pair') ? pairIn(valueOf(message, 'pair')) : null;
    return pair && { type, pair };
  }
  const of = fileIn(valueOf(message, 'of'));
  if (of === null) return null;
  if (type === 'loadProblems') return hasOnly(message, 'type', 'of') ? { type, of } : null;
  const id = valueOf(message, 'id');
  return isText(id, ID_LIMIT) && hasOnly(message, 'type', 'of', 'id') ? { type, of, id } : null;
}

function readExport(message: object, type: 'exportFigure' | 'exportPng'): FromPanel | null {
  const evaluation = valueOf(message, 'evaluation');
  if (!isText(evaluation, ID_LIMIT)) return null;
  if (type === 'exportFigure') {
    const format = valueOf(message, 'format');
    const isKnown = format === 'svg' || format === 'csv';
    return isKnown && hasOnly(message, 'type', 'evaluation', 'format') ? { type, evaluation, format } : null;
  }
  const png = valueOf(message, 'png');
  const isPng = isText(png, PNG_LIMIT) && PNG_BASE64.test(png);
  return isPng && hasOnly(message, 'type', 'evaluation', 'png') ? { type, evaluation, png } : null;
}

function pairIn(value: unknown): EvaluationPair | null {
  if (!isObject(value) || !hasOnly(value, 'before', 'after', 'matters')) return null;
  const [before, after] = [evaluationIn(valueOf(value, 'before')), evaluationIn(valueOf(value, 'after'))];
  const matters = valueOf(value, 'matters');
  const isShare = typeof matters === 'number' && matters > 0 && matters < 1;
  return before && after && isShare ? { before, after, matters } : null;
}

function evaluationIn(value: unknown): EvaluationReference | null {
  if (!isObject(value) || !hasOnly(value, 'run', 'step')) return null;
  const [run, step] = [valueOf(value, 'run'), valueOf(value, 'step')];
  return isReference(run) && isStep(step) ? { run, step } : null;
}

function fileIn(value: unknown): EvaluationFile | null {
  if (!isObject(value) || !hasOnly(value, 'run', 'file')) return null;
  const [run, file] = [valueOf(value, 'run'), valueOf(value, 'file')];
  return isReference(run) && isText(file, ID_LIMIT) ? { run, file } : null;
}

const isReference = (value: unknown): value is RunReference => value === null || isText(value, ID_LIMIT);

const isStep = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= STEP_LIMIT;

function readAct(message: object): FromPanel | null {
  const action = textOf(message, 'action', ID_LIMIT);
  return action !== null && isAction(action) ? { type: 'act', action } : null;
}

const isAction = (text: string): text is PanelAction => (PANEL_ACTIONS as readonly string[]).includes(text);

/** The text under the one key beside `type`; null if it is no text, empty, too long or not alone. */
function textOf(message: object, key: string, limit: number): string | null {
  const value = valueOf(message, key);
  return hasOnly(message, 'type', key) && isText(value, limit) ? value : null;
}

const valueOf = (message: object, key: string): unknown => Object.getOwnPropertyDescriptor(message, key)?.value;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isText = (value: unknown, limit: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= limit;

const hasOnly = (message: object, ...keys: readonly string[]): boolean => {
  const own = Object.keys(message);
  return own.length === keys.length && keys.every((key) => own.includes(key));
};
