/** Messages in, fold, one animation frame, views. */
import { ChartTheme } from './charts/theme.ts';
import { connectHost, reportErrors } from './host.ts';
import { hear, newModel } from './model.ts';
import { makeVoice, Page, speak } from './page.ts';
import type { Stage } from './stage.ts';
import { words } from './text.ts';
import { registerToolkit } from './toolkit.ts';
import { restoreUi, uiFor } from './uiState.ts';
import { tabsFor } from './views/index.ts';

registerToolkit();
const host = connectHost();
const report = reportErrors(host);
const model = newModel();
const ui = restoreUi(host.restore());
const theme = new ChartTheme();
const voice = makeVoice();
let page: Page | null = null;
let pageKind = '';
let isScheduled = false;

host.listen((message) => {
  hear(model, message);
  Object.assign(ui, uiFor(message));
  if (message.type === 'showComparison') keepUi();
  schedule();
});
keepUi();
host.post({ type: 'ready' });

/** Asks for one frame, however many messages came: a slow frame never queues up. */
function schedule(): void {
  if (!isScheduled) requestAnimationFrame(draw);
  isScheduled = true;
}

function draw(): void {
  isScheduled = false;
  if (model.revision === 0) return;
  try {
    pageNow().draw(model);
  } catch (error) {
    report(error);
  }
}

/** The page in the language of the newest snapshot, with the tabs that such a run has. */
function pageNow(): Page {
  const tabs = tabsFor(model.run.recipe);
  const kind = `${model.locale} ${Object.keys(model.strings).length} ${tabs.length}`;
  if (page && kind === pageKind) return page;
  page?.dispose();
  pageKind = kind;
  document.documentElement.lang = model.locale;
  page = new Page(makeStage(), tabs, voice);
  return page;
}

function makeStage(): Stage {
  return {
    words: words(model.locale, model.strings),
    theme,
    ui,
    choose: (change) => {
      Object.assign(ui, change);
      keepUi();
      schedule();
    },
    post: host.post,
    announce: (text) => speak(voice, text),
  };
}

/** The run id tells the extension which run a restored panel showed. */
function keepUi(): void {
  host.keep({ ...ui, runId: document.body.dataset['runId'] ?? '' });
}
