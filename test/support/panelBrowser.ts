/** The panel in a real Chromium, with the page, policy and bundle it has in the editor, and a host that the test plays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { panelPage } from '../../src/extension/panelPage.ts';
import type { FromPanel, Health, ToPanel } from '../../src/protocol/panel.ts';
import type { RunState } from '../../src/protocol/state.ts';

export const THEMES = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  highContrast: 'vscode-high-contrast',
  highContrastLight: 'vscode-high-contrast-light vscode-high-contrast',
} as const;
export type ThemeName = keyof typeof THEMES;

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly locale?: string;
  readonly strings?: Readonly<Record<string, string>>;
  readonly width?: number;
  readonly height?: number;
  /** What the editor kept for this panel. */
  readonly kept?: unknown;
  readonly reducedMotion?: boolean;
}

const ORIGIN = 'https://panel.test';
/** Passes every test that another name of this origin would pass, so that the policy is the one of the editor. */
const NONCE = 'dGVzdC1ub25jZS0xMjM0NTY3ODkwMTI';

/** The panel as `esbuild.mjs` bundles it for release. */
export async function bundlePanel(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['webview/main.ts'],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    legalComments: 'none',
    mainFields: ['module', 'main'],
  });
  return outputFiles[0]?.text ?? '';
}

export class PanelUnderTest {
  /** Requests for anything but the page's own four files. */
  readonly requests: string[] = [];
  readonly errors: string[] = [];
  readonly #page: Page;
  readonly #options: PanelOptions;

  private constructor(page: Page, options: PanelOptions) {
    this.#page = page;
    this.#options = options;
  }

  get page(): Page {
    return this.#page;
  }

  static async open(browser: Browser, bundle: string, options: PanelOptions = {}): Promise<PanelUnderTest> {
    const { width = 1280, height = 800, theme = 'dark' } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      locale: options.locale ?? 'en',
      reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    });
    const page = await context.newPage();
    const panel = new PanelUnderTest(page, options);
    page.on('pageerror', (error) => panel.errors.push(error.message));
    await panel.#serve(bundle, theme);
    await page.addInitScript(installHost, { kept: options.kept ?? null });
    await page.goto(`${ORIGIN}/panel.html`);
    await panel.setTheme(theme);
    return panel;
  }

  /** Gives the page another theme, the way the editor does. */
  async setTheme(theme: ThemeName): Promise<void> {
    await this.#page.evaluate(
      ({ variables, classes }) => {
        document.documentElement.setAttribute('style', variables);
        document.body.className = classes;
        document.body.dataset['vscodeThemeKind'] = classes.split(' ')[0] ?? '';
      },
      { variables: themeVariables(theme), classes: THEMES[theme] },
    );
  }

  /** What the extension would post, as the structured clone that the editor makes of it. */
  async post(...messages: readonly ToPanel[]): Promise<void> {
    await this.#page.evaluate((all) => {
      for (const message of all) window.postMessage(message, '*');
    }, messages);
    await this.settle();
  }

  async snapshot(run: RunState, health: Health = { kind: 'alive' }): Promise<void> {
    const { locale = 'en', strings = {} } = this.#options;
    await this.post({ type: 'snapshot', run, health, locale, strings });
  }

  /** Resolves after the frame that follows everything posted so far. */
  async settle(): Promise<void> {
    await this.#page.evaluate(async () => {
      for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    });
  }

  async openTab(title: string): Promise<void> {
    await this.#page.getByRole('tab', { name: title, exact: true }).click();
    await this.settle();
  }

  async screenshot(name: string): Promise<void> {
    await this.settle();
    await this.#page.screenshot({ path: join('test-results', 'panel', `${name}.png`) });
  }

  sent(): Promise<FromPanel[]> {
    return this.#page.evaluate(() => testHost().sent);
  }

  kept(): Promise<unknown> {
    return this.#page.evaluate(() => testHost().kept);
  }

  /** Violations of the content security policy, as `directive source`. */
  violations(): Promise<string[]> {
    return this.#page.evaluate(() => testHost().violations);
  }

  /** What axe-core finds wrong, as `rule: targets`. */
  async axeFindings(): Promise<string[]> {
    await this.#page.evaluate(readFileSync(join('node_modules', 'axe-core', 'axe.min.js'), 'utf8'));
    return this.#page.evaluate(async () => {
      const { violations } = await runAxe();
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ target, html }) => `${String(target)} ${html}`).join(' | ')}`,
      );
      async function runAxe(): Promise<{ violations: { id: string; nodes: { target: unknown; html: string }[] }[] }> {
        const { axe } = globalThis as unknown as { axe: { run: () => Promise<never> } };
        return axe.run();
      }
    });
  }

  async close(): Promise<void> {
    await this.#page.context().close();
  }

  async #serve(bundle: string, theme: ThemeName): Promise<void> {
    const files: Readonly<Record<string, [type: string, body: string]>> = {
      '/panel.html': ['text/html', this.#html(theme)],
      '/panel.js': ['text/javascript', bundle],
      '/panel.css': ['text/css', readFileSync('media/panel.css', 'utf8')],
      '/uplot.css': ['text/css', readFileSync('node_modules/uplot/dist/uPlot.min.css', 'utf8')],
    };
    await this.#page.route('**/*', async (route) => {
      const url = new URL(route.request().url());
      const file = url.origin === ORIGIN ? files[url.pathname] : undefined;
      if (file) await route.fulfill({ contentType: `${file[0]}; charset=utf-8`, body: file[1] });
      else {
        this.requests.push(url.href);
        await route.abort();
      }
    });
  }

  #html(theme: ThemeName): string {
    const page = panelPage({
      nonce: NONCE,
      cspSource: ORIGIN,
      script: '/panel.js',
      styles: ['/uplot.css', '/panel.css'],
      locale: this.#options.locale ?? 'en',
      runId: 'golden-run',
      title: 'Run',
    });
    // The editor has put its variables there before our script runs.
    const variables = themeVariables(theme).replaceAll('"', '&quot;');
    return page.replace('<html ', `<html style="${variables}" `).replace('<body ', `<body class="${THEMES[theme]}" `);
  }
}

function themeVariables(theme: ThemeName): string {
  const css = readFileSync(join('test', 'webview', 'themes', `${theme}.css`), 'utf8');
  return /\{([^}]*)\}/s.exec(css)?.[1]?.replace(/\s+/g, ' ') ?? '';
}

interface TestHost {
  readonly sent: FromPanel[];
  kept: unknown;
  readonly violations: string[];
}

declare function testHost(): TestHost;

/** Runs in the page before our script: the editor's API, played by the test. */
function installHost({ kept }: { kept: unknown }): void {
  const host: TestHost = { sent: [], kept, violations: [] };
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
    host.violations.push(`${effectiveDirective} ${blockedURI} ${sample}`);
  });
  let isTaken = false;
  Object.assign(globalThis, {
    testHost: () => host,
    acquireVsCodeApi: () => {
      if (isTaken) throw new Error('An instance of the VS Code API has already been acquired');
      isTaken = true;
      return {
        postMessage: (message: FromPanel) => host.sent.push(structuredClone(message)),
        getState: () => host.kept,
        setState: (state: unknown) => {
          host.kept = structuredClone(state);
        },
      };
    },
  });
}
