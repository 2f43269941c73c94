/** The page of a panel: nothing but our script, our styles and the id of its run. */

export interface PanelPage {
  /** Fresh for each page, from a source of true randomness. */
  readonly nonce: string;
  readonly cspSource: string;
  readonly script: string;
  readonly styles: readonly string[];
  readonly locale: string;
  readonly runId: string;
  readonly title: string;
}

/** `'unsafe-inline'` for styles is what the webview toolkit needs to render; scripts run by nonce only, and nothing may be fetched. `blob:` is a picture that our script makes to draw it as pixels. */
export function contentSecurityPolicy({ nonce, cspSource }: Pick<PanelPage, 'nonce' | 'cspSource'>): string {
  return [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'unsafe-inline'`,
    `img-src ${cspSource} blob:`,
    `font-src ${cspSource}`,
    `connect-src 'none'`,
    `form-action 'none'`,
    `frame-src 'none'`,
    `base-uri 'none'`,
  ].join('; ');
}

export function panelPage(page: PanelPage): string {
  const links = page.styles.map((style) => `<link rel="stylesheet" href="${escapeHtml(style)}">`).join('\n    ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(page.locale)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(page)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(page.title)}</title>
    ${links}
  </head>
  <body data-run-id="${escapeHtml(page.runId)}">
    <script nonce="${page.nonce}" src="${escapeHtml(page.script)}"></script>
  </body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
