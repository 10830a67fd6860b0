/** Colours of the theme, and the few shapes that the charts are made of. */

export interface Colors {
  readonly text: string;
  /** What lies behind it all. */
  readonly back: string;
  readonly grid: string;
  readonly point: string;
  readonly best: string;
  readonly bad: string;
  readonly busy: string;
  readonly font: string;
}

/** The colours of the theme, as the style sheet gives them to a node. */
export function colorsOf(node: Element): Colors {
  const style = getComputedStyle(node);
  const color = (name: string): string => style.getPropertyValue(name).trim() || style.color;
  return {
    text: color('--sm-plot-text'),
    back: color('--sm-bg'),
    grid: color('--sm-plot-grid'),
    point: color('--sm-plot-point'),
    best: color('--sm-plot-best'),
    bad: color('--sm-plot-bad'),
    busy: color('--sm-plot-busy'),
    font: `11px ${style.fontFamily || 'sans-serif'}`
  };
}

export function stroke(context: CanvasRenderingContext2D, path: readonly (readonly [number, number])[]): void {
  context.beginPath();
  for (const [x, y] of path) {
    context.lineTo(x, y);
  }
  context.stroke();
}

/** A triangle that points to where the value is. */
export function arrow(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - Math.abs(size), y - 2 * size);
  context.lineTo(x + Math.abs(size), y - 2 * size);
  context.lineTo(x, y);
  context.fill();
}

export function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

export function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}
