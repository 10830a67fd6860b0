/** How the lines of a comparison are told apart: not by colour alone, but by dashes and shapes, too. */

export const MOST_LINES = 8;

export interface LineMark {
  /** A custom property of the style sheet. */
  readonly color: string;
  /** Lengths of dashes and gaps in CSS pixels; empty: a whole line. */
  readonly dash: readonly number[];
  /** Path of an SVG, some 8 pixels wide, around 0,0. */
  readonly shape: string;
}

const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3]];

const SHAPES = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z',
  'M-3.6-3.6h7.2v7.2h-7.2Z',
  'M0-4.6 4.4 3.6h-8.8Z',
  'M0-5 5 0 0 5-5 0Z',
  'M0 4.6 4.4-3.6h-8.8Z',
  'M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z',
  'M0-4.8 4.6-1.5 2.8 3.9h-5.6L-4.6-1.5Z',
  'M-4.4-2.2 0-4.6 4.4-2.2v4.4L0 4.6-4.4 2.2Z'
];

export function markOf(index: number): LineMark {
  const at = index % MOST_LINES;
  return {
    color: `--sm-series-${at + 1}`,
    dash: DASHES[at % DASHES.length] ?? [],
    shape: SHAPES[at] ?? ''
  };
}

const SVG = 'http://www.w3.org/2000/svg';

/** A piece of a job's line, for a legend. */
export function sample(index: number): SVGSVGElement {
  const { color, dash, shape } = markOf(index);
  const svg = document.createElementNS(SVG, 'svg');
  const give = (node: Element, attributes: Readonly<Record<string, string>>): void =>
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  give(svg, { viewBox: '0 0 34 12', width: '34', height: '12', 'aria-hidden': 'true', class: 'jp-sm-sample' });
  const line = document.createElementNS(SVG, 'path');
  give(line, { d: 'M1 6H33', fill: 'none', stroke: `var(${color})`, 'stroke-width': '2' });
  give(line, { 'stroke-dasharray': dash.join(' ') });
  const mark = document.createElementNS(SVG, 'path');
  give(mark, { d: shape, fill: `var(${color})`, transform: 'translate(17 6)' });
  svg.append(line, mark);
  return svg;
}
