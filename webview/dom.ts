/** The few ways in which the panel touches the document: text is always a text node, never markup. */
import { displayLine, displayText } from '../src/protocol/displayText.ts';

/** A new element with a class and children; strings become text nodes. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A new element of a picture. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** Sets attributes; null removes one. Untouched where nothing changes, so that a frame costs nothing. */
export function setAttributes(node: Element, attributes: Readonly<Record<string, string | null>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
}

/** Words of our own. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** One line of text from a model, a data set or a file. */
export const setLine = (node: Node, text: string, limit = 200): void => setText(node, displayLine(text, limit));

/** Text from a model, a data set or a file, line breaks kept. */
export const setQuoted = (node: Node, text: string): void => setText(node, displayText(text));

export function setShown(node: HTMLElement, isShown: boolean): void {
  if (node.hidden === isShown) node.hidden = !isShown;
}

/** Replaces the children only where they differ. */
export function setChildren(parent: Element, children: readonly Node[]): void {
  const same =
    parent.childNodes.length === children.length && children.every((child, at) => parent.childNodes[at] === child);
  if (!same) parent.replaceChildren(...children);
}
