/** Learning curves: each metric over the time, one small plot a metric. */

import { h, Painter, setAttribute, setText, show } from '../dom';
import { type Range, tickLabels, ticks } from '../scale';
import { duration, number, type Translate } from '../text';
import { fit } from './chart';
import { CurveTable, curveFigures, type CurveFigures } from './curvetable';
import { type Colors, colorsOf, disc, stroke } from './shapes';
import { steps } from './timeline';

export type Point = readonly [seconds: number, value: number];

const MARGIN = { top: 8, right: 12, bottom: 20 };

/** Points that a plot so many pixels wide can show: of each pixel the lowest and the highest, in their order. */
export function thinned(points: readonly Point[], pixels: number): readonly Point[] {
  if (points.length <= 4 * pixels) {
    return points;
  }
  const size = Math.ceil(points.length / pixels);
  const found: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    let low = from;
    let high = from;
    for (let at = from; at < Math.min(from + size, points.length); at += 1) {
      low = (points[at]?.[1] ?? 0) < (points[low]?.[1] ?? 0) ? at : low;
      high = (points[at]?.[1] ?? 0) > (points[high]?.[1] ?? 0) ? at : high;
    }
    for (const at of [...new Set([from, Math.min(low, high), Math.max(low, high)])].sort((a, b) => a - b)) {
      const point = points[at];
      if (point) {
        found.push(point);
      }
    }
  }
  return found;
}

/** One metric. */
export class CurvePlot {
  readonly node: HTMLElement;
  private readonly canvas = h('canvas', { 'aria-hidden': 'true' });
  private readonly title = h('h4');
  private readonly last = h('b');
  private readonly tip = h('div', { class: 'jp-sm-tip', 'aria-hidden': 'true', hidden: true });
  private readonly place: HTMLElement;
  private readonly painter = new Painter(() => this.draw());
  private readonly resized: ResizeObserver | null;
  private readonly themed: MutationObserver;
  private points: readonly Point[] = [];
  private start = 0;
  private pointed: number | null = null;

  constructor(
    private readonly trans: Translate,
    private readonly name: string
  ) {
    this.place = h('div', { class: 'jp-sm-plot jp-sm-curve', role: 'img', tabindex: 0 }, this.canvas, this.tip);
    setText(this.title, name);
    this.node = h('section', { class: 'jp-sm-curvePart' }, h('header', {}, this.title, this.last), this.place);
    this.place.addEventListener('pointermove', event => this.point(event));
    this.place.addEventListener('pointerleave', () => this.pick(null));
    this.resized = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => this.painter.request());
    this.resized?.observe(this.place);
    this.themed = new MutationObserver(() => this.painter.request());
    this.themed.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'class', 'style'] });
  }

  /** `start` is the time from which seconds are counted. */
  update(points: readonly Point[], start: number, { values, lowest, highest, last }: CurveFigures): void {
    this.points = points;
    this.start = start;
    setText(this.last, number(last));
    const about = this.trans._n('%2: %1 value', '%2: %1 values', values, this.name);
    const range = this.trans.__('Lowest %1, highest %2, last %3.', number(lowest), number(highest), number(last));
    setAttribute(this.place, 'aria-label', `${about}. ${range}`);
    this.painter.request();
  }

  dispose(): void {
    this.painter.dispose();
    this.resized?.disconnect();
    this.themed.disconnect();
  }

  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.place;
    const context = this.canvas.getContext('2d');
    if (!context || width === 0 || height === 0) {
      return;
    }
    fit(this.canvas, context, { width, height });
    const colors = colorsOf(this.place);
    context.font = colors.font;
    const { x, y, left } = this.axes(context, colors, width, height);
    const px = (seconds: number): number =>
      left + ((seconds - x.low) / (x.high - x.low)) * (width - left - MARGIN.right);
    const py = (value: number): number =>
      MARGIN.top + ((y.high - value) / (y.high - y.low)) * (height - MARGIN.top - MARGIN.bottom);
    const path = thinned(this.points, Math.max(1, Math.floor(width))).map(([seconds, value]): [number, number] => [
      px(seconds - this.start),
      py(value)
    ]);
    context.strokeStyle = colors.busy;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    stroke(context, path);
    context.fillStyle = colors.busy;
    if (path.length < 60) {
      path.forEach(([at, up]) => disc(context, at, up, 2.5));
    }
    this.showTip(context, colors, px, py);
  }

  private showTip(
    context: CanvasRenderingContext2D,
    colors: Colors,
    px: (seconds: number) => number,
    py: (value: number) => number
  ): void {
    const nearest = this.nearest(px);
    show(this.tip, nearest !== null);
    if (nearest) {
      const [seconds, value] = nearest;
      const at = px(seconds - this.start);
      context.fillStyle = colors.best;
      disc(context, at, py(value), 4);
      setText(this.tip, this.trans.__('%1 after %2', number(value), duration(seconds - this.start)));
      const right = at > this.place.clientWidth / 2;
      this.tip.style.left = right ? '' : `${at + 10}px`;
      this.tip.style.right = right ? `${this.place.clientWidth - at + 10}px` : '';
      this.tip.style.top = '4px';
    }
  }

  private nearest(px: (seconds: number) => number): Point | null {
    const { pointed } = this;
    if (pointed === null) {
      return null;
    }
    let found: Point | null = null;
    let distance = Infinity;
    for (const point of this.points) {
      const apart = Math.abs(px(point[0] - this.start) - pointed);
      if (apart < distance) {
        found = point;
        distance = apart;
      }
    }
    return found;
  }

  private axes(
    context: CanvasRenderingContext2D,
    colors: Colors,
    width: number,
    height: number
  ): { x: Range; y: Range; left: number } {
    let low = Infinity;
    let high = -Infinity;
    for (const [, value] of this.points) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const space = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 0.5;
    const y = Number.isFinite(low) ? { low: low - space, high: high + space } : { low: 0, high: 1 };
    const end = (this.points[this.points.length - 1]?.[0] ?? this.start) - this.start;
    const x = { low: 0, high: Math.max(end, 1e-3) };
    const values = ticks(y, Math.max(2, Math.floor(height / 32)));
    const labels = tickLabels(values);
    const left = Math.max(...labels.map(label => context.measureText(label).width)) + 12;
    context.strokeStyle = colors.grid;
    context.fillStyle = colors.text;
    context.lineWidth = 1;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    values.forEach((value, index) => {
      const at = MARGIN.top + ((y.high - value) / (y.high - y.low)) * (height - MARGIN.top - MARGIN.bottom);
      stroke(context, [
        [left, Math.round(at) + 0.5],
        [width - MARGIN.right, Math.round(at) + 0.5]
      ]);
      context.fillText(labels[index] ?? '', left - 6, at);
    });
    context.textBaseline = 'top';
    for (const seconds of steps(x.high, Math.max(2, Math.floor(width / 90)))) {
      const at = left + (seconds / x.high) * (width - left - MARGIN.right);
      context.textAlign = at > width - 40 ? 'right' : 'center';
      context.fillText(seconds === 0 ? '0' : duration(seconds), at, height - MARGIN.bottom + 6);
    }
    return { x, y, left };
  }

  private point(event: PointerEvent): void {
    this.pick(event.clientX - this.canvas.getBoundingClientRect().left);
  }

  private pick(x: number | null): void {
    this.pointed = x;
    this.painter.request();
  }
}

/** All metrics of a job. */
export class Curves {
  readonly node: HTMLElement;
  private readonly place = h('div', { class: 'jp-sm-curves' });
  private readonly table: CurveTable;
  private readonly plots = new Map<string, CurvePlot>();
  private readonly points = new Map<string, Point[]>();

  constructor(private readonly trans: Translate) {
    this.table = new CurveTable(trans);
    this.node = h('div', {}, this.place, this.table.node);
  }

  get empty(): boolean {
    return [...this.points.values()].every(points => points.length === 0);
  }

  append(metrics: Readonly<Record<string, readonly (readonly number[])[]>>): void {
    for (const [name, news] of Object.entries(metrics)) {
      const points = this.points.get(name) ?? [];
      this.points.set(name, points);
      for (const [seconds, value] of news) {
        if (seconds !== undefined && value !== undefined) {
          points.push([seconds, value]);
        }
      }
    }
  }

  /** `start` is when the job began to train, in epoch seconds. */
  paint(start: number | null): void {
    const told: CurveFigures[] = [];
    for (const [name, points] of this.points) {
      const figures = curveFigures(name, points);
      if (figures) {
        told.push(figures);
        let plot = this.plots.get(name);
        if (!plot) {
          plot = new CurvePlot(this.trans, name);
          this.plots.set(name, plot);
          this.place.append(plot.node);
        }
        plot.update(points, Math.min(start ?? Infinity, points[0]?.[0] ?? 0), figures);
      }
    }
    this.table.update(told);
  }

  dispose(): void {
    for (const plot of this.plots.values()) {
      plot.dispose();
    }
  }
}
