/** The picture of a verdict in the panel: the figure of the report in the colours of the theme, and as pixels for a file. */
import { EDITOR_PALETTE } from '../../src/protocol/figures/editorPalette.ts';
import type { Figure } from '../../src/protocol/figures/figure.ts';
import { figureSvg } from '../../src/protocol/figures/figureSvg.ts';

/** Read as an image, never as markup of the page. */
export function figureElement(figure: Figure): Element {
  const read = new DOMParser().parseFromString(figureSvg(figure, EDITOR_PALETTE), 'image/svg+xml');
  return document.importNode(read.documentElement, true);
}

/** Sharp on screens of twice the density, and in print. */
const PIXELS = 2;

/** On white, as base64. Rejects where the page cannot draw it. */
export async function figurePng(figure: Figure): Promise<string> {
  const address = URL.createObjectURL(new Blob([figureSvg(figure)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: image.width * PIXELS, height: image.height * PIXELS });
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/png').replace('data:image/png;base64,', '');
  } finally {
    URL.revokeObjectURL(address);
  }
}
