/**
 * Parallel coordinates: each trial a line over its hyperparameters to its objective, the better the more it stands out.
 * Dragging along an axis chooses the trials that pass there; in all charts and in the table.
 */

import { objectiveRange } from '../scale';
import type { Trial, TrialData } from '../trials';
import { type Axis, axisOf, objectiveAxis } from './axis';
import { Chart, type ChartOptions, type Place, type Size } from './chart';
import { cut } from './labels';
import { type Colors, stroke } from './shapes';

const MARGIN = { top: 22, right: 44, bottom: 10, left: 24 };
const REACH = 8;
const SHADES = 12;
const PALE = 0.06;
const TOP = 25; // at most so many of the best stand out

interface Brush {
  readonly axis: number;
  readonly low: number;
  readonly high: number;
}

export class ParallelChart extends Chart<TrialData> {
  private shown: Trial[] = [];
  private index = new Map<string, number>();
  private axes: Axis[] = [];
  /** For each trial the place on each axis. */
  private lines: (number | null)[][] = [];
  /** Trials from the worst to the best. */
  private ranked: number[] = [];
  private size: Size = { width: 0, height: 0 };
  private brushes: readonly Brush[] = [];
  private readonly unfollow: () => void;
  private drag: { readonly axis: number; readonly from: number; to: number } | null = null;

  constructor(options: ChartOptions) {
    super(options);
    this.node.addEventListener('pointerdown', event => this.start(event));
    this.node.addEventListener('pointermove', event => this.pull(event));
    this.node.addEventListener('pointerup', () => this.end());
    this.node.addEventListener('dblclick', () => this.clear());
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        this.clear();
      }
    });
    this.unfollow = this.picked.subscribe(() => this.follow());
  }

  override dispose(): void {
    super.dispose();
    this.unfollow();
    this.picked.choose(this, null);
  }

  protected prepare(data: TrialData): void {
    this.shown = data.trials.filter(trial => trial.objective !== null && Number.isFinite(trial.objective));
    this.index = new Map(this.shown.map((trial, at) => [trial.name, at]));
    const range = objectiveRange(
      this.shown.map(trial => trial.objective ?? 0),
      data.minimize
    );
    const objective = objectiveAxis(data.metric, range);
    const tuned = data.parameters.map(parameter => {
      const seen = this.shown.map(trial => trial.parameters[parameter.name]);
      return axisOf(
        parameter,
        seen.filter(value => value !== undefined)
      );
    });
    this.axes = [...tuned, objective];
    this.lines = this.shown.map(trial => [
      ...tuned.map(axis => {
        const value = trial.parameters[axis.name];
        return value === undefined ? null : axis.at(value);
      }),
      objective.at(String(trial.objective))
    ]);
    const sign = data.minimize ? -1 : 1;
    this.ranked = this.shown
      .map((_, at) => at)
      .sort((a, b) => sign * ((this.shown[a]?.objective ?? 0) - (this.shown[b]?.objective ?? 0)));
    if (!this.picked.chooses(this)) {
      this.brushes = []; // somebody took the choice back
    } else if (this.brushes.length > 0) {
      this.choose();
    }
  }

  protected paint(context: CanvasRenderingContext2D, size: Size, colors: Colors): void {
    this.size = size;
    context.font = colors.font;
    context.lineJoin = 'round';
    const alpha = Math.max(0.06, Math.min(0.85, 60 / Math.max(1, this.shown.length)));
    const shades = Array.from(
      { length: SHADES + 1 },
      (_, shade) => `color-mix(in srgb, ${colors.best} ${(shade / SHADES) * 100}%, ${colors.point})`
    );
    const last = this.ranked.length - 1;
    const top = last - Math.min(TOP, Math.ceil(this.ranked.length * 0.05));
    context.lineWidth = 1;
    // What is not chosen lies below what is.
    for (const chosen of this.picked.chosen === null ? [true] : [false, true]) {
      let shade = -1;
      this.ranked.forEach((at, rank) => {
        const trial = this.shown[at];
        if (trial && this.picked.includes(trial) === chosen) {
          const next = Math.round((last > 0 ? rank / last : 1) * SHADES);
          if (next !== shade) {
            shade = next;
            context.strokeStyle = shades[shade] ?? colors.point;
          }
          context.globalAlpha = chosen ? (rank > top ? 1 : alpha) : Math.min(alpha, PALE);
          context.lineWidth = rank === last ? 2.5 : 1;
          stroke(context, this.path(at));
        }
      });
    }
    context.globalAlpha = 1;
    this.axes.forEach((axis, at) => this.axis(context, colors, axis, at));
  }

  protected mark(context: CanvasRenderingContext2D, trial: Trial, colors: Colors): void {
    const at = this.index.get(trial.name);
    if (at !== undefined) {
      context.strokeStyle = colors.text;
      context.lineWidth = 2.5;
      stroke(context, this.path(at));
    }
  }

  protected override paintOver(context: CanvasRenderingContext2D, colors: Colors): void {
    context.fillStyle = colors.best;
    context.globalAlpha = 0.35;
    this.axes.forEach((_, at) => {
      const brush = this.shownBrush(at);
      if (brush) {
        context.fillRect(this.x(at) - 5, this.y(brush.high), 10, this.y(brush.low) - this.y(brush.high));
      }
    });
    context.globalAlpha = 1;
  }

  protected nearest({ x, y }: Place): Trial | null {
    if (this.drag) {
      return null;
    }
    let found: Trial | null = null;
    let distance = REACH;
    this.shown.forEach((trial, at) => {
      const path = this.picked.includes(trial) ? this.path(at) : [];
      for (let part = 1; part < path.length; part += 1) {
        const [x0, y0] = path[part - 1] ?? [0, 0];
        const [x1, y1] = path[part] ?? [0, 0];
        if (x >= x0 - 1 && x <= x1 + 1 && x1 > x0) {
          const apart = Math.abs(y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) - y);
          if (apart < distance) {
            found = trial;
            distance = apart;
          }
        }
      }
    });
    return found;
  }

  protected placeOf(trial: Trial): Place | null {
    const at = this.index.get(trial.name);
    const [end] = at === undefined ? [] : this.path(at).slice(-1);
    return end ? { x: end[0], y: end[1] } : null;
  }

  protected order(): readonly Trial[] {
    return this.shown;
  }

  protected summary(data: TrialData): string {
    const names = data.parameters.map(({ name }) => name).join(', ');
    return this.trans._n(
      'Parallel coordinates of %1 trial: %2, and the objective %3.',
      'Parallel coordinates of %1 trials: %2, and the objective %3.',
      this.shown.length,
      names,
      data.metric
    );
  }

  protected nothing(): string | null {
    return this.shown.length > 0 ? null : this.trans.__('No trial has an objective yet.');
  }

  private axis(context: CanvasRenderingContext2D, colors: Colors, axis: Axis, at: number): void {
    const x = Math.round(this.x(at)) + 0.5;
    const gap = this.gap();
    context.lineWidth = 1;
    context.strokeStyle = colors.text;
    stroke(context, [
      [x, this.y(1)],
      [x, this.y(0)]
    ]);
    context.fillStyle = colors.text;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    for (const { at: height, label } of axis.ticks(5)) {
      const y = this.y(height);
      stroke(context, [
        [x, y],
        [x + 3, y]
      ]);
      const text = cut(context, label, at === this.axes.length - 1 ? MARGIN.right - 8 : gap - 12);
      // Lines run below the labels.
      context.strokeStyle = colors.back;
      context.lineWidth = 3;
      context.strokeText(text, x + 6, y);
      context.strokeStyle = colors.text;
      context.lineWidth = 1;
      context.fillText(text, x + 6, y);
    }
    context.textAlign = at === 0 ? 'left' : at === this.axes.length - 1 ? 'right' : 'center';
    context.textBaseline = 'alphabetic';
    const edge = at === 0 ? 0 : at === this.axes.length - 1 ? this.size.width : x;
    context.fillText(cut(context, axis.name, gap - 4), edge, 12);
  }

  private shownBrush(axis: number): Brush | null {
    const { drag } = this;
    if (drag?.axis === axis) {
      return { axis, low: Math.min(drag.from, drag.to), high: Math.max(drag.from, drag.to) };
    }
    return this.brushes.find(brush => brush.axis === axis) ?? null;
  }

  private start(event: PointerEvent): void {
    const place = this.placeOfEvent(event);
    const axis = this.axes.findIndex((_, at) => Math.abs(this.x(at) - place.x) <= REACH);
    if (axis >= 0 && event.button === 0) {
      const from = this.height(place.y);
      this.drag = { axis, from, to: from };
      this.node.setPointerCapture(event.pointerId);
    }
  }

  private pull(event: PointerEvent): void {
    if (this.drag) {
      this.drag.to = this.height(this.placeOfEvent(event).y);
      this.repaintOver();
    }
  }

  /** A click on an axis takes its choice away. */
  private end(): void {
    const { drag } = this;
    if (drag) {
      const brush = this.shownBrush(drag.axis);
      const others = this.brushes.filter(({ axis }) => axis !== drag.axis);
      this.drag = null;
      this.brushes = brush && brush.high - brush.low > 0.01 ? [...others, brush] : others;
      this.choose();
      this.repaintOver();
    }
  }

  private clear(): void {
    if (this.brushes.length > 0) {
      this.brushes = [];
      this.choose();
      this.repaintOver();
    }
  }

  /** Somebody else may take the choice back. */
  private follow(): void {
    if (this.brushes.length > 0 && !this.picked.chooses(this)) {
      this.brushes = [];
      this.repaintOver();
    }
  }

  private choose(): void {
    const passes = (line: readonly (number | null)[]): boolean =>
      this.brushes.every(({ axis, low, high }) => {
        const at = line[axis];
        return at !== null && at !== undefined && at >= low && at <= high;
      });
    const names = this.shown.filter((_, at) => passes(this.lines[at] ?? [])).map(({ name }) => name);
    this.picked.choose(this, this.brushes.length > 0 ? new Set(names) : null);
  }

  private path(at: number): [number, number][] {
    return (this.lines[at] ?? []).flatMap((height, axis): [number, number][] =>
      height === null ? [] : [[this.x(axis), this.y(height)]]
    );
  }

  private gap(): number {
    return (this.size.width - MARGIN.left - MARGIN.right) / Math.max(1, this.axes.length - 1);
  }

  private x(axis: number): number {
    return MARGIN.left + axis * this.gap();
  }

  private y(height: number): number {
    return MARGIN.top + (1 - height) * (this.size.height - MARGIN.top - MARGIN.bottom);
  }

  private height(y: number): number {
    return Math.max(0, Math.min(1, 1 - (y - MARGIN.top) / (this.size.height - MARGIN.top - MARGIN.bottom)));
  }
}
