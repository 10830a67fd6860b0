/** The objective of each trial with the best-so-far line, on a canvas so that 10,000 trials stay light. */

import { h, Painter, setAttribute, setText } from './dom';
import { countTicks, objectiveRange, Range, tickLabels, ticks } from './scale';
import { number, Translate, words } from './text';
import { bestSoFar, Trial } from './trials';

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

const MARGIN = { top: 8, right: 12, bottom: 22, left: 8 };
const FEW = 2000;
const REACH = 16; // CSS pixels around the pointer in which a trial is found

interface Colors {
  readonly text: string;
  readonly grid: string;
  readonly point: string;
  readonly best: string;
  readonly bad: string;
  readonly busy: string;
  readonly font: string;
}

export class ObjectivePlot {
  readonly node: HTMLElement;
  private readonly canvas = h('canvas', { 'aria-hidden': 'true' });
  private readonly tip = h('div', { class: 'jp-sm-tip', 'aria-hidden': 'true', hidden: true });
  private readonly spoken = h('div', { class: 'jp-sm-unseen', 'aria-live': 'polite' });
  private readonly empty = h('div', { class: 'jp-sm-plotEmpty' });
  private readonly painter = new Painter(() => this.draw());
  private readonly resized: ResizeObserver | null;
  private readonly themed: MutationObserver;
  private data: PlotData = { trials: [], best: null, minimize: false, metric: '', maximum: null, running: false };
  private shown: Trial[] = [];
  private bests: (number | null)[] = [];
  private x: Range = { low: 0, high: 1 };
  private y: Range = { low: 0, high: 1 };
  private left = MARGIN.left;
  private width = 0;
  private height = 0;
  private focus = -1;

  constructor(
    private readonly trans: Translate,
    private readonly onOpen: ((trial: Trial) => void) | null
  ) {
    this.node = h(
      'div',
      { class: 'jp-sm-plot', role: 'group', 'aria-roledescription': trans.__('chart'), tabindex: 0 },
      this.canvas,
      this.empty,
      this.tip,
      this.spoken
    );
    this.node.addEventListener('pointermove', event => this.point(event));
    this.node.addEventListener('pointerleave', () => this.select(-1, false));
    this.node.addEventListener('blur', () => this.select(-1, false));
    this.node.addEventListener('keydown', event => this.key(event));
    this.node.addEventListener('click', () => this.open());
    this.resized = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => this.painter.request());
    this.resized?.observe(this.node);
    this.themed = new MutationObserver(() => this.painter.request());
    this.themed.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'class', 'style'] });
  }

  update(data: PlotData): void {
    this.data = data;
    this.shown = data.trials.filter(trial => trial.objective !== null && Number.isFinite(trial.objective));
    this.bests = bestSoFar(this.shown, data.minimize);
    if (this.focus >= this.shown.length) {
      this.select(-1, false);
    }
    setAttribute(this.node, 'aria-label', this.summary());
    this.empty.hidden = this.shown.length > 0;
    setText(
      this.empty,
      data.running
        ? this.trans.__('The objective of each trial appears here when the first one has finished.')
        : this.trans.__('No trial reported an objective.')
    );
    this.painter.request();
  }

  dispose(): void {
    this.painter.dispose();
    this.resized?.disconnect();
    this.themed.disconnect();
  }

  /** What the plot shows, in words. */
  private summary(): string {
    const { best, metric, minimize } = this.data;
    const shown = this.trans._n('Objective %2 of %1 trial.', 'Objective %2 of %1 trials.', this.shown.length, metric);
    if (best?.objective === null || best === null) {
      return shown;
    }
    const aim = minimize ? this.trans.__('lowest') : this.trans.__('highest');
    return `${shown} ${this.trans.__('Best (%1): %2, trial %3.', aim, number(best.objective), best.number)}`;
  }

  private px(value: number): number {
    const { low, high } = this.x;
    return this.left + ((value - low) / (high - low)) * (this.width - this.left - MARGIN.right);
  }

  private py(value: number): number {
    const { low, high } = this.y;
    const inside = Math.min(high, Math.max(low, value));
    return MARGIN.top + ((high - inside) / (high - low)) * (this.height - MARGIN.top - MARGIN.bottom);
  }

  private draw(): void {
    this.width = this.node.clientWidth;
    this.height = this.node.clientHeight;
    const context = this.canvas.getContext('2d');
    if (!context || this.width === 0 || this.height === 0) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    context.scale(ratio, ratio);
    const colors = this.colors();
    context.font = colors.font;
    this.ranges();
    this.axes(context, colors);
    this.points(context, colors);
    this.line(context, colors);
    this.highlights(context, colors);
    this.place();
  }

  private ranges(): void {
    const last = this.data.trials[this.data.trials.length - 1]?.number ?? 0;
    const maximum = this.data.maximum ?? last;
    // A short job shows from the start how far it has to go; a long one grows.
    const end =
      maximum <= 60 ? Math.max(maximum, last, 2) : Math.max(last, Math.min(maximum, Math.ceil(last * 1.1), 20));
    const space = Math.max(0.5, end * 0.015);
    this.x = { low: 1 - space, high: end + space };
    this.y = objectiveRange(
      this.shown.map(trial => trial.objective ?? 0),
      this.data.minimize
    );
  }

  private axes(context: CanvasRenderingContext2D, colors: Colors): void {
    const values = ticks(this.y, Math.max(2, Math.floor(this.height / 32)));
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
          [this.width - MARGIN.right, y]
        ]);
        context.fillText(labels[index] ?? '', this.left - 6, y);
      });
    }
    const base = this.height - MARGIN.bottom + 0.5;
    stroke(context, [
      [this.left, base],
      [this.width - MARGIN.right, base]
    ]);
    context.textBaseline = 'top';
    context.textAlign = 'center';
    const counts = countTicks({ low: 1, high: Math.floor(this.x.high) }, Math.max(2, Math.floor(this.width / 42)));
    for (const count of counts) {
      context.fillText(String(count), this.px(count), base + 6);
    }
  }

  /** A step line: the best changes when a trial ends, not between two. */
  private line(context: CanvasRenderingContext2D, colors: Colors): void {
    const path: [number, number][] = [];
    this.shown.forEach((trial, index) => {
      const best = this.bests[index];
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

  private points(context: CanvasRenderingContext2D, colors: Colors): void {
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
    const base = this.height - MARGIN.bottom;
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

  private highlights(context: CanvasRenderingContext2D, colors: Colors): void {
    const radius = this.radius();
    const best = this.data.best;
    if (best && best.objective !== null) {
      context.fillStyle = colors.best;
      disc(context, this.px(best.number), this.py(best.objective), Math.max(4, radius + 1.5));
    }
    const focused = this.shown[this.focus];
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

  private colors(): Colors {
    const style = getComputedStyle(this.node);
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

  private point(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    let nearest = -1;
    let distance = REACH * REACH;
    this.shown.forEach((trial, index) => {
      const dx = this.px(trial.number) - x;
      if (Math.abs(dx) <= REACH) {
        const dy = this.py(trial.objective ?? 0) - y;
        const found = dx * dx + dy * dy;
        if (found < distance) {
          nearest = index;
          distance = found;
        }
      }
    });
    this.select(nearest, false);
  }

  private key(event: KeyboardEvent): void {
    const last = this.shown.length - 1;
    const to: Partial<Record<string, number>> = {
      ArrowRight: Math.min(last, this.focus + 1),
      ArrowLeft: this.focus < 0 ? last : Math.max(0, this.focus - 1),
      Home: 0,
      End: last
    };
    const target = to[event.key];
    if (target !== undefined && last >= 0) {
      event.preventDefault();
      this.select(target, true);
    } else if (event.key === 'Escape') {
      this.select(-1, false);
    } else if (event.key === 'Enter') {
      this.open();
    }
  }

  private open(): void {
    const trial = this.shown[this.focus];
    if (trial) {
      this.onOpen?.(trial);
    }
  }

  private select(index: number, speak: boolean): void {
    if (index !== this.focus) {
      this.focus = index;
      const trial = this.shown[index];
      const text = trial ? this.describe(trial) : '';
      setText(this.tip, text);
      setText(this.spoken, speak ? text : '');
      this.node.classList.toggle('jp-sm-canOpen', !!trial && this.onOpen !== null);
      this.painter.request();
    }
  }

  private describe(trial: Trial): string {
    return [
      this.trans.__('Trial %1: %2', trial.number, number(trial.objective ?? Number.NaN)),
      ...(trial.status === 'Completed' ? [] : [words(trial.status)]),
      ...Object.entries(trial.parameters).map(([name, value]) => `${name} = ${value}`)
    ].join('\n');
  }

  private place(): void {
    const trial = this.shown[this.focus];
    this.tip.hidden = !trial;
    if (trial) {
      const x = this.px(trial.number);
      const right = x > this.width / 2;
      this.tip.style.left = right ? '' : `${x + 10}px`;
      this.tip.style.right = right ? `${this.width - x + 10}px` : '';
      this.tip.style.top = `${Math.min(this.py(trial.objective ?? 0), this.height / 2)}px`;
    }
  }
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
