/** A figure as an SVG image: lines with their 95 % intervals over a band, told apart by shape and dash as well as by colour. */
import { displayText } from '../displayText.ts';
import { figureNumber, type Figure, type FigureAxis, type FigureLine, type FigurePoint } from './figure.ts';
import { scaleOf, type Scale } from './scale.ts';

/** Any CSS colours: of an editor's theme in the panel, plain ones in a file that stands alone. */
export interface FigurePalette {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** `none` where the ground shows through. */
  readonly ground: string;
  /** In the order in which lines take them. */
  readonly series: readonly string[];
  readonly font: string;
}

export const PLAIN_PALETTE: FigurePalette = {
  text: '#1f2328',
  muted: '#59636e',
  grid: '#d1d9e0',
  ground: '#ffffff',
  series: ['#0b6bcb', '#b3541e', '#1a7f37', '#8250df', '#bf3989'],
  font: 'system-ui, sans-serif',
};

const [WIDTH, HEIGHT] = [640, 360];
const BOX = { left: 64, right: 624, top: 80, bottom: 306 } as const;
const DASHES = ['', '6 4', '2 3', '8 3 2 3', '1 4'];

interface Drawing {
  readonly figure: Figure;
  readonly palette: FigurePalette;
  readonly x: Scale;
  readonly y: Scale;
}

/** Only points with an interval are drawn: the rest is in the table. */
export function figureSvg(figure: Figure, palette: FigurePalette = PLAIN_PALETTE): string {
  const points = figure.lines.flatMap((line) => drawn(line));
  const heights = points.flatMap(({ interval }) => interval ?? []);
  const x = scaleOf(figure.x, points.map((point) => point.x), BOX.left, BOX.right); // prettier-ignore
  const y = scaleOf(figure.y, [...heights, ...(figure.band?.interval ?? [])], BOX.bottom, BOX.top);
  const drawing = { figure, palette, x, y };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="${escaped(palette.font)}" font-size="12">`,
    `<title>${escaped(figure.title)}</title><desc>${escaped(figure.summary)}</desc>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${palette.ground}"/>`,
    text(8, 20, figure.title, `fill="${palette.text}" font-size="14" font-weight="600"`),
    ...legend(drawing),
    ...axes(drawing),
    ...bandOf(drawing),
    ...figure.lines.flatMap((line, index) => lineOf(drawing, line, index)),
    '</svg>\n',
  ].join('\n');
}

const drawn = ({ points }: FigureLine): readonly FigurePoint[] => points.filter(({ interval }) => interval !== null);

function axes({ figure, palette, x, y }: Drawing): string[] {
  const { muted, grid } = palette;
  const rows = y.ticks.map(
    (tick) =>
      `<line x1="${BOX.left}" x2="${BOX.right}" y1="${y.at(tick)}" y2="${y.at(tick)}" stroke="${grid}"/>` +
      text(BOX.left - 8, y.at(tick) + 4, tickText(tick, figure.y), `fill="${muted}" text-anchor="end"`),
  );
  const columns = spread(x).map((tick) =>
    text(x.at(tick), BOX.bottom + 18, tickText(tick, figure.x), `fill="${muted}" text-anchor="middle"`),
  );
  return [
    ...rows,
    ...columns,
    text(BOX.right, BOX.bottom + 40, figure.x.label, `fill="${muted}" text-anchor="end"`),
    text(BOX.left, BOX.top - 10, figure.y.label, `fill="${muted}"`),
  ];
}

/** Ticks far enough apart to be read, from the right, so that the largest one is written. */
function spread({ at, ticks }: Scale): number[] {
  let next = Number.POSITIVE_INFINITY;
  return ticks.toReversed().filter((tick) => {
    const isFree = next - at(tick) >= 40;
    if (isFree) next = at(tick);
    return isFree;
  });
}

const tickText = (value: number, { unit }: FigureAxis): string =>
  unit === 'share' ? `${Math.round(value * 1000) / 10} %` : figureNumber(value, unit);

function bandOf({ figure: { band }, palette, y }: Drawing): string[] {
  if (!band) return [];
  const [low, high] = band.interval;
  const width = BOX.right - BOX.left;
  return [
    `<rect x="${BOX.left}" y="${y.at(high)}" width="${width}" height="${Math.max(1, y.at(low) - y.at(high))}" fill="${palette.muted}" fill-opacity="0.22"/>`,
    `<line x1="${BOX.left}" x2="${BOX.right}" y1="${y.at(band.value)}" y2="${y.at(band.value)}" stroke="${palette.muted}" stroke-dasharray="3 3"/>`,
  ];
}

function lineOf({ palette, x, y }: Drawing, line: FigureLine, index: number): string[] {
  const points = drawn(line);
  const colour = colourOf(palette, index);
  const corners = points.map((point) => `${x.at(point.x)},${y.at(point.y)}`).join(' ');
  return [
    `<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${DASHES[index % DASHES.length]}" points="${corners}"/>`,
    ...points.map(
      ({ x: at, interval }) =>
        `<line x1="${x.at(at)}" x2="${x.at(at)}" y1="${y.at(interval?.[0] ?? 0)}" y2="${y.at(interval?.[1] ?? 0)}" stroke="${colour}" stroke-width="1.5"/>`,
    ),
    ...points.map((point) => marker(index, x.at(point.x), y.at(point.y), colour)),
  ];
}

const colourOf = ({ series, text: plain }: FigurePalette, index: number): string =>
  series[index % series.length] ?? plain;

/** Circle, square, diamond, triangle, then from the start. */
function marker(index: number, x: number, y: number, colour: string): string {
  const shapes = [
    `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`,
    `<rect x="${x - 4}" y="${y - 4}" width="8" height="8" fill="${colour}"/>`,
    `<path d="M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z" fill="${colour}"/>`,
    `<path d="M${x} ${y - 5}L${x + 5} ${y + 4}L${x - 5} ${y + 4}Z" fill="${colour}"/>`,
  ];
  return shapes[index % shapes.length] ?? '';
}

/** About as wide as a character of the legend; Korean and its like are wider. */
const [CHARACTER, WIDE_CHARACTER] = [6.6, 12];
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/;

const textWidth = (label: string): number =>
  Array.from(label).reduce((sum, sign) => sum + (WIDE.test(sign) ? WIDE_CHARACTER : CHARACTER), 0);

function legend({ figure: { band, lines }, palette }: Drawing): string[] {
  const width = (label: string): number => 44 + textWidth(label);
  const labels = [...lines.map(({ label }) => label), ...(band ? [band.label] : [])];
  const ends = labels.map((_, index) => labels.slice(0, index).reduce((sum, label) => sum + width(label), 8));
  return labels.map((label, index) => {
    const left = ends[index] ?? 8;
    const sign = index < lines.length ? lineSign(palette, index, left) : bandSign(palette, left);
    return sign + text(left + 30, 42, label, `fill="${palette.text}"`);
  });
}

function lineSign(palette: FigurePalette, index: number, left: number): string {
  const colour = colourOf(palette, index);
  const dash = DASHES[index % DASHES.length];
  return (
    `<line x1="${left}" x2="${left + 24}" y1="38" y2="38" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>` +
    marker(index, left + 12, 38, colour)
  );
}

const bandSign = ({ muted }: FigurePalette, left: number): string =>
  `<rect x="${left}" y="32" width="24" height="12" fill="${muted}" fill-opacity="0.22"/><line x1="${left}" x2="${left + 24}" y1="38" y2="38" stroke="${muted}" stroke-dasharray="3 3"/>`;

const text = (x: number, y: number, words: string, attributes: string): string =>
  `<text x="${x}" y="${y}" ${attributes}>${escaped(words)}</text>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** As text or attribute of XML and HTML; what XML may not hold is shown as an escape. */
export const escaped = (words: string): string =>
  displayText(words).replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
