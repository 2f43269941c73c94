/** Drives a workbench in Chromium: opens it, runs commands of its palette, reaches into our panel. */
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/systemPackages.mjs';

/** Chromium looks up no name on the network. */
const QUIET_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** @typedef {import('playwright-core').Page} Page */

/** A headless Chromium of this machine. */
export function openChromium() {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium on this machine: `npm test` installs one where apt may.');
  return chromium.launch({ executablePath, headless: true, args: QUIET_FLAGS });
}

/**
 * Resolves when the workbench stands and shows its status bar; extensions may still be starting.
 * @param {Page} page
 */
export async function waitForWorkbench(page) {
  await page.locator('.monaco-workbench .part.statusbar .statusbar-item').first().waitFor({ timeout: 60_000 });
}

/**
 * Runs a command by its title in the palette. The open palette does not learn of new commands, so it is reopened until the row is there.
 * @param {Page} page
 * @param {string} title
 * @param {number} [timeout] milliseconds
 */
export async function runCommand(page, title, timeout = 60_000) {
  for (const end = Date.now() + timeout; !(await tryCommand(page, title));) {
    if (Date.now() > end) throw new Error(`The palette has no command "${title}" after ${timeout / 1000} s.`);
    await page.keyboard.press('Escape');
    await leaveWebview(page);
  }
}

/**
 * Whether the palette had the command; it is run at most once.
 * @param {Page} page
 * @param {string} title
 */
async function tryCommand(page, title) {
  const input = quickInput(page);
  const row = quickRow(page, title);
  try {
    if (!(await input.isVisible())) await page.keyboard.press('F1');
    await input.waitFor({ state: 'visible', timeout: 2000 });
    await input.fill(`>${title}`, { timeout: 2000 });
    await row.waitFor({ timeout: 2000 });
    // The palette closes by itself where something else takes the focus; a click that timed out was not made.
    await row.click({ timeout: 5000 });
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return false;
    throw error;
  }
  while ((await commandWords(input)).startsWith('>')) await page.waitForTimeout(50);
  return true;
}

/**
 * What stands in the palette; nothing where it has closed, with the whole window when that is reloaded.
 * @param {import('playwright-core').Locator} input
 */
async function commandWords(input) {
  if (!(await input.isVisible())) return '';
  try {
    return await input.inputValue({ timeout: 1000 });
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return '';
    throw error;
  }
}

/** Keys go to a webview that was clicked, so the title bar is clicked instead; where something lies over it, the next try does. @param {Page} page */
async function leaveWebview(page) {
  try {
    await page.locator('.monaco-workbench .part.titlebar').click({ position: { x: 300, y: 10 }, timeout: 2000 });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
  }
}

/** Some editors of VS Code's own, as that of trust, lie over the window and keep the palette from it until they are closed. @param {Page} page */
export async function closeModalEditor(page) {
  const block = page.locator('.monaco-modal-editor-block');
  if (!(await block.isVisible())) return;
  await block.getByRole('button', { name: /^Close Modal Editor/ }).click();
  await block.waitFor({ state: 'hidden' });
}

/** @param {Page} page */
export function quickInput(page) {
  return page.locator('.quick-input-widget .quick-input-box input');
}

/**
 * The first row of the open palette or pick list that shows a text.
 * @param {Page} page
 * @param {string | RegExp} text
 */
export function quickRow(page, text) {
  return page.locator('.quick-input-widget .quick-input-list .monaco-list-row').filter({ hasText: text }).first();
}

/**
 * Runs a command that shows a list, and picks a row of it. A list that lost the focus to something else has closed: then once more.
 * @param {Page} page
 * @param {string} title
 * @param {string} text
 */
export async function runAndPick(page, title, text) {
  for (let tries = 5; tries > 0; tries--) {
    await runCommand(page, title);
    if (await pick(page, text)) return;
    await page.keyboard.press('Escape');
  }
  throw new Error(`The list of "${title}" has no "${text}", or does not stay open.`);
}

/**
 * Whether the row of an open list was there to be picked; waits for the list to close.
 * @param {Page} page
 * @param {string} text
 */
async function pick(page, text) {
  try {
    await quickInput(page).fill(text, { timeout: 15_000 });
    await quickRow(page, text).click({ timeout: 15_000 });
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return false;
    throw error;
  }
  await quickInput(page).waitFor({ state: 'hidden' });
  return true;
}

/**
 * The document inside the visible panel of an extension.
 * @param {Page} page
 */
export function panelFrame(page) {
  return page.frameLocator('iframe.webview.ready:visible').frameLocator('iframe#active-frame');
}

/**
 * Milliseconds that VS Code's own webview page waited for its service worker before it took what the extension gave it.
 * By its own marks; in a browser's first reload this is its update check, about 5 s.
 * @param {Page} page
 * @returns {Promise<number>}
 */
export async function serviceWorkerWait(page) {
  const frame = page.frames().find((known) => known.url().includes('/webview/browser/pre/index.html'));
  if (!frame) throw new Error('No webview is open, so none has waited.');
  const times = await frame.evaluate(() =>
    ['started', 'workerReady'].map(
      (name) => performance.getEntriesByName(`webview/index.html/content/${name}`)[0]?.startTime,
    ),
  );
  const [started, ready] = times;
  if (started === undefined || ready === undefined)
    throw new Error('This VS Code leaves no marks in its webview page.');
  return ready - started;
}

/**
 * What axe finds in the panel, as one line per rule and element.
 * @param {Page} page
 * @param {string} axeSource the text of axe-core's script
 * @returns {Promise<string[]>}
 */
export async function axeFindings(page, axeSource) {
  const body = await panelFrame(page).locator('body').elementHandle();
  const frame = await body?.ownerFrame();
  if (!frame) throw new Error('No panel is open, so there is nothing for axe to look at.');
  await frame.evaluate(axeSource);
  // @ts-expect-error axe was put there by the line above
  const { violations } = await frame.evaluate(() => globalThis.axe.run());
  return violations.flatMap((/** @type {{ id: string, nodes: { html: string }[] }} */ { id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`),
  );
}
