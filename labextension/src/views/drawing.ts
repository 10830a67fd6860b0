/** What is drawn of a tuning job, on a canvas so that 10,000 trials stay light. */

import { countTicks, objectiveRange, Range, tickLabels, ticks } from './scale';
import { Trial } from './trials';

export interface PlotData {
  readonly trials: readonly Trial[];
  readonly best: Trial | null;
  readonly minimize: boolean;
  readonly metric: string;
  /** Trials there will be at most. */
  readonly maximum: number | null;
  /** Whether more can come. */
  readonly running: boolean;
}

export interface Colors {
  readonly text: string;
  readonly grid: string;
  readonly point: string;
  readonly best: string;
  readonly bad: string;
  readonly busy: string;
  readonly font: string;
}

const MARGIN = { top: 8, right: 12, bottom: 22, left: 8 };
const FEW = 2000;

/** One picture: where everything is, in CSS pixels. */
export class Drawing {
  private readonly x: Range;
  private readonly y: Range;
  private left = MARGIN.left;

  constructor(
    private readonly context: CanvasRenderingContext2D,
    readonly size: { readonly width: number; readonly height: number },
    private readonly data: PlotData,
    /** The trials that have an objective. */
    private readonly shown: readonly Trial[],
    private readonly colors: Colors
  ) {
    const { x, y } = this.ranges();
    this.x = x;
    this.y = y;
  }

  /** `bests` are those of the shown trials; the focused one gets a ring. */
  paint(bests: readonly (number | null)[], focused: Trial | null): void {
    this.context.font = this.colors.font;
    this.axes();
    this.points();
    this.line(bests);
    this.highlights(focused);
  }

  /** Where a trial's number is. */
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

  private ranges(): { x: Range; y: Range } {
    const last = this.data.trials[this.data.trials.length - 1]?.number ?? 0;
    const maximum = this.data.maximum ?? last;
    // A short job shows from the start how far it has to go; a long one grows.
    const end =
      maximum <= 60 ? Math.max(maximum, last, 2) : Math.max(last, Math.min(maximum, Math.ceil(last * 1.1), 20));
    const space = Math.max(0.5, end * 0.015);
    const values = this.shown.map(trial => trial.objective ?? 0);
    return { x: { low: 1 - space, high: end + space }, y: objectiveRange(values, this.data.minimize) };
  }

  private axes(): void {
    const { context, colors } = this;
    const values = ticks(this.y, Math.max(2, Math.floor(this.size.height / 32)));
    const labels = tickLabels(values);
    this.left =
      this.shown.length === 0 ? MARGIN.left : Math.max(...labels.map(label => context.measureText(label).width)) + 14;
    context.lineWidth = 1;
    context.strokeStyle = colors.grid;
    context.fillStyle = colors.text;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    if (this.shown.length > 0) {
      values.forEach((value, index) => {
        const y = Math.round(this.py(value)) + 0.5;
        stroke(context, [
          [this.left, y],
          [this.size.width - MARGIN.right, y]
        ]);
        context.fillText(labels[index] ?? '', this.left - 6, y);
      });
    }
    const base = this.size.height - MARGIN.bottom + 0.5;
    stroke(context, [
      [this.left, base],
      [this.size.width - MARGIN.right, base]
    ]);
    context.textBaseline = 'top';
    context.textAlign = 'center';
    const last = Math.floor(this.x.high);
    const apart = 26 + 8 * String(last).length; // CSS pixels between two numbers
    const counts = countTicks({ low: 1, high: last }, Math.max(2, Math.floor(this.size.width / apart)));
    for (const count of counts) {
      context.fillText(String(count), this.px(count), base + 6);
    }
  }

  /** A step line: the best changes when a trial ends, not between two. */
  private line(bests: readonly (number | null)[]): void {
    const { context, colors } = this;
    const path: [number, number][] = [];
    this.shown.forEach((trial, index) => {
      const best = bests[index];
      if (best !== null && best !== undefined) {
        const x = this.px(trial.number);
        const before = path[path.length - 1];
        if (before) {
          path.push([x, before[1]]);
        }
        path.push([x, this.py(best)]);
      }
    });
    context.strokeStyle = colors.best;
    context.lineWidth = 2;
    context.lineJoin = 'round';
    stroke(context, path);
  }

  private points(): void {
    const { context, colors } = this;
    const radius = this.radius();
    context.fillStyle = colors.point;
    for (const trial of this.shown) {
      const x = this.px(trial.number);
      const y = this.py(trial.objective ?? 0);
      const beyond = this.beyond(trial);
      if (beyond !== 0) {
        arrow(context, x, y, beyond * (radius + 2));
      } else if (radius < 2) {
        context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      } else {
        disc(context, x, y, radius);
      }
    }
    const base = this.size.height - MARGIN.bottom;
    context.lineWidth = 1.5;
    for (const trial of this.data.trials) {
      if (trial.objective === null) {
        const x = this.px(trial.number);
        if (trial.status === 'Failed') {
          context.strokeStyle = colors.bad;
          stroke(context, [[x - 3.5, base - 10], [x + 3.5, base - 3]]); // prettier-ignore
          stroke(context, [[x - 3.5, base - 3], [x + 3.5, base - 10]]); // prettier-ignore
        } else if (trial.status === 'InProgress') {
          context.strokeStyle = colors.busy;
          context.beginPath();
          context.arc(x, base - 6.5, 3.5, 0, 2 * Math.PI);
          context.stroke();
        }
      }
    }
  }

  private highlights(focused: Trial | null): void {
    const { context, colors } = this;
    const radius = this.radius();
    const best = this.data.best;
    if (best && best.objective !== null) {
      context.fillStyle = colors.best;
      disc(context, this.px(best.number), this.py(best.objective), Math.max(4, radius + 1.5));
    }
    if (focused) {
      context.strokeStyle = colors.text;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(this.px(focused.number), this.py(focused.objective ?? 0), radius + 4, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /** Whether a trial is so much worse than the others that it lies below (1) or above (-1) the plot. */
  private beyond(trial: Trial): -1 | 0 | 1 {
    const value = trial.objective ?? 0;
    return value < this.y.low ? 1 : value > this.y.high ? -1 : 0;
  }

  /** Of a trial's mark, in CSS pixels. */
  private radius(): number {
    return this.shown.length > FEW ? 1.5 : this.shown.length > 200 ? 2.5 : 4;
  }
}

/** The colours of the theme, as the style sheet gives them to a node. */
export function colorsOf(node: Element): Colors {
  const style = getComputedStyle(node);
  const color = (name: string): string => style.getPropertyValue(name).trim() || style.color;
  return {
    text: color('--sm-plot-text'),
    grid: color('--sm-plot-grid'),
    point: color('--sm-plot-point'),
    best: color('--sm-plot-best'),
    bad: color('--sm-plot-bad'),
    busy: color('--sm-plot-busy'),
    font: `11px ${style.fontFamily || 'sans-serif'}`
  };
}

function stroke(context: CanvasRenderingContext2D, path: readonly (readonly [number, number])[]): void {
  context.beginPath();
  for (const [x, y] of path) {
    context.lineTo(x, y);
  }
  context.stroke();
}

/** A triangle that points to where the value is. */
function arrow(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - Math.abs(size), y - 2 * size);
  context.lineTo(x + Math.abs(size), y - 2 * size);
  context.lineTo(x, y);
  context.fill();
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
