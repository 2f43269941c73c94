/** The one door to the extension: messages out, messages in, and what the editor keeps for a hidden panel. */
import type { FromPanel, ToPanel } from '../src/protocol/panel.ts';

interface VsCodeApi {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface Host {
  readonly post: (message: FromPanel) => void;
  /** What `keep` stored last, of any shape: an older version may have written it. */
  readonly restore: () => unknown;
  readonly keep: (state: unknown) => void;
  readonly listen: (hear: (message: ToPanel) => void) => void;
}

const HEARD: readonly ToPanel['type'][] = [
  ...(['snapshot', 'events', 'health', 'samples', 'streaming'] as const),
  ...(['scores', 'problems', 'comparison', 'showComparison'] as const),
];
const ERRORS_REPORTED = 20;

/** Takes the editor's API, which can be taken once; it never becomes reachable from the page's global scope. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    restore: () => api.getState(),
    keep: (state) => api.setState(state),
    listen: (hear) =>
      window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (isMessage(data)) hear(data);
      }),
  };
}

/** Tells the extension what broke here, at most a few times. */
export function reportErrors(host: Host): (error: unknown) => void {
  let left = ERRORS_REPORTED;
  const report = (error: unknown): void => {
    if (left-- > 0) host.post({ type: 'reportError', message: describe(error).slice(0, 2000) });
  };
  window.addEventListener('error', (event) => report(event.error ?? event.message));
  window.addEventListener('unhandledrejection', (event) => report(event.reason));
  return report;
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

const isMessage = (data: unknown): data is ToPanel =>
  typeof data === 'object' && data !== null && 'type' in data && HEARD.some((type) => type === data.type);
