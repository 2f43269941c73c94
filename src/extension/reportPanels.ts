/** Reports of ladders, each a page without scripts in the colours of the editor. */
import { env, ViewColumn, window, type Disposable, type WebviewPanel } from 'vscode';
import { EDITOR_LOOK, reportHtml } from '../protocol/report/reportHtml.ts';
import { reportIn, type ReportAnswer } from '../protocol/report/report.ts';
import type { Say } from './say.ts';

export type Reported = Extract<ReportAnswer, { readonly type: 'reported' }>;

/** A report and where it is proposed to be kept. */
export interface ShownReport {
  readonly told: Reported;
  /** Absolute path of a workspace folder. */
  readonly root: string;
}

/** As the editor knows it, and the menu of its title. */
const REPORT_TYPE = 'valley.report';

export class ReportPanels implements Disposable {
  readonly #say: Say;
  readonly #open = new Map<WebviewPanel, ShownReport>();

  constructor(say: Say) {
    this.#say = say;
  }

  show(shown: ShownReport): void {
    const report = reportIn(this.#say, shown.told.report);
    const panel = window.createWebviewPanel(REPORT_TYPE, report.title, ViewColumn.Active, {
      enableScripts: false,
      localResourceRoots: [],
      enableFindWidget: true,
    });
    this.#open.set(panel, shown);
    panel.onDidDispose(() => this.#open.delete(panel));
    panel.webview.html = reportHtml(report, env.language, this.#say, EDITOR_LOOK);
  }

  /** The one that is looked at; null for none. */
  get active(): ShownReport | null {
    for (const [panel, shown] of this.#open) if (panel.active) return shown;
    return null;
  }

  dispose(): void {
    for (const panel of this.#open.keys()) panel.dispose();
  }
}
