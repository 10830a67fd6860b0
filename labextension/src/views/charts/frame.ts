/** Where values are on a plot, and its axes: what charts of objectives share. */

import { type Range, tickLabels, ticks } from '../scale';
import { type Colors, stroke } from './shapes';

export const MARGIN = { top: 8, right: 12, bottom: 22, left: 8 };

export interface Mark {
  readonly at: number;
  readonly label: string;
}

/** All measures are CSS pixels from the upper left corner. */
export class Frame {
  private left = MARGIN.left;

  constructor(
    readonly size: { readonly width: number; readonly height: number },
    readonly x: Range,
    readonly y: Range
  ) {}

  /** Where a value of the horizontal axis is. */
  px(value: number): number {
    const { low, high } = this.x;
    return this.left + ((value - low) / (high - low)) * (this.size.width - this.left - MARGIN.right);
  }

  /** Where an objective is; one that lies beyond the plot is at its edge. */
  py(value: number): number {
    const { low, high } = this.y;
    const inside = Math.min(high, Math.max(low, value));
    return MARGIN.top + ((high - inside) / (high - low)) * (this.size.height - MARGIN.top - MARGIN.bottom);
  }

  /** Paint the axes; without `values` only the horizontal one, for there is nothing to measure yet. */
  paint(context: CanvasRenderingContext2D, colors: Colors, marks: () => readonly Mark[], values: boolean): void {
    const { width, height } = this.size;
    context.font = colors.font;
    const levels = values ? ticks(this.y, Math.max(2, Math.floor(height / 32))) : [];
    const labels = tickLabels(levels);
    this.left = values ? Math.max(...labels.map(label => context.measureText(label).width)) + 14 : MARGIN.left;
    context.lineWidth = 1;
    context.strokeStyle = colors.grid;
    context.fillStyle = colors.text;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    levels.forEach((value, index) => {
      const y = Math.round(this.py(value)) + 0.5;
      stroke(context, [
        [this.left, y],
        [width - MARGIN.right, y]
      ]);
      context.fillText(labels[index] ?? '', this.left - 6, y);
    });
    const base = height - MARGIN.bottom + 0.5;
    stroke(context, [
      [this.left, base],
      [width - MARGIN.right, base]
    ]);
    context.textBaseline = 'top';
    context.textAlign = 'center';
    for (const { at, label } of marks()) {
      context.fillText(label, this.px(at), base + 6);
    }
  }
}

/** A step line: the best changes when a trial ends, not between two. */
export function stairs(points: readonly (readonly [number, number])[]): [number, number][] {
  const path: [number, number][] = [];
  for (const [x, y] of points) {
    const before = path[path.length - 1];
    if (before) {
      path.push([x, before[1]]);
    }
    path.push([x, y]);
  }
  return path;
}
