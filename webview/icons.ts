/** Signs of 16 x 16, drawn as paths in the colour of the text around them: no font, no image request. */
import { svgElement } from './dom.ts';

const PATHS = {
  running: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3Z',
  waiting:
    'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.2a5.3 5.3 0 1 1 0 10.6A5.3 5.3 0 0 1 8 2.7ZM7.4 4.5v4.1l3 1.8.6-1-2.4-1.5V4.5H7.4Z',
  pause: 'M4.5 3h2.2v10H4.5V3Zm4.8 0h2.2v10H9.3V3Z',
  play: 'M4.5 2.6v10.8L13 8 4.5 2.6Z',
  stop: 'M3.5 3.5h9v9h-9v-9Z',
  check: 'M13.6 4.3 6.5 12 2.4 8l.9-.9 3.2 3.1 6.2-6.8.9.9Z',
  cross: 'm8 7.1 4.1-4.2 1 1L8.9 8l4.2 4.1-1 1L8 8.9l-4.1 4.2-1-1L7.1 8 2.9 3.9l1-1L8 7.1Z',
  question:
    'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.2a5.3 5.3 0 1 1 0 10.6A5.3 5.3 0 0 1 8 2.7Zm-.6 8.1h1.2V12H7.4v-1.2ZM8 4C6.6 4 5.6 4.9 5.6 6.2h1.2c0-.7.5-1.1 1.2-1.1s1.2.4 1.2 1c0 .5-.3.8-.9 1.2-.7.5-.9.9-.9 1.8v.7h1.2v-.5c0-.5.2-.8.7-1.1.8-.5 1.2-1.1 1.2-2C10.5 4.9 9.4 4 8 4Z',
  dash: 'M3 7.4h10v1.2H3V7.4Z',
  warning: 'M8 1.6 1 14.2h14L8 1.6Zm0 2.5 5 8.9H3l5-8.9ZM7.4 6.5h1.2v3.5H7.4V6.5Zm0 4.3h1.2V12H7.4v-1.2Z',
  save: 'M2.5 2.5h9l2 2v9h-11v-11Zm1.2 1.2v8.6h1.1V8.5h6.4v3.8h1.1V5l-1.3-1.3h-.5v2.6H5.2V3.7H3.7Zm2.7 0v1.5h2.9V3.7H6.4ZM6 9.7v2.6h4V9.7H6Z',
  open: 'M2.5 2.5h5v1.2H3.7v8.6h8.6V8.5h1.2v5h-11v-11Zm6.5 0h4.5V7h-1.2V4.6L8.2 8.7l-.9-.9 4.1-4.1H9V2.5Z',
  cut: 'M1 8.6 3 6.6l2 2 2-2 2 2 2-2 2 2 2-2v1.7l-2 2-2-2-2 2-2-2-2 2-2-2-2 2V8.6Z',
} as const;

export type IconName = keyof typeof PATHS;

/** The sign, hidden from assistive technology: words stand beside it. */
export const icon = (name: IconName): SVGSVGElement =>
  svgElement(
    'svg',
    { viewBox: '0 0 16 16', class: `icon icon-${name}`, 'aria-hidden': 'true' },
    svgElement('path', { d: PATHS[name] }),
  );

/** Puts the sign into a node that shows one sign, if it shows another. */
export function setIcon(node: Element, name: IconName): void {
  if (node.firstElementChild?.classList.contains(`icon-${name}`)) return;
  node.replaceChildren(icon(name));
}
