/** What is drawn of a tuning job, on a canvas so that 10,000 trials stay light. */

import { countTicks, objectiveRange, Range } from '../scale';
import type { Trial, TrialData } from '../trials';
import { Frame, type Mark, MARGIN, stairs } from './frame';
import { arrow, type Colors, disc, ring, stroke } from './shapes';

const FEW = 2000;
const PALE = 0.2;

/** One picture: where everything is, in CSS pixels. */
export class Drawing {
  private readonly frame: Frame;

  constructor(
    private readonly context: CanvasRenderingContext2D,
    readonly size: { readonly width: number; readonly height: number },
    private readonly data: TrialData,
    /** The trials that have an objective. */
    private readonly shown: readonly Trial[],
    private readonly colors: Colors
  ) {
    const { x, y } = this.ranges();
    this.frame = new Frame(size, x, y);
  }

  /** `bests` are those of the shown trials; trials that are not chosen are paler. */
  paint(bests: readonly (number | null)[], chosen: (trial: Trial) => boolean = () => true): void {
    this.axes();
    this.points(chosen);
    this.line(bests);
    this.highlight();
  }

  /** Ring a trial, on this canvas or on one that lies over it. */
  ring(context: CanvasRenderingContext2D, trial: Trial): void {
    context.strokeStyle = this.colors.text;
    context.lineWidth = 2;
    ring(context, this.px(trial.number), this.py(trial.objective ?? 0), this.radius() + 4);
  }

  /** Where a trial's number is. */
  px(value: number): number {
    return this.frame.px(value);
  }

  /** Where an objective is; one that lies beyond the plot is at its edge. */
  py(value: number): number {
    return this.frame.py(value);
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
    const marks = (): Mark[] => {
      const last = Math.floor(this.frame.x.high);
      const apart = 26 + 8 * String(last).length; // CSS pixels between two numbers
      const counts = countTicks({ low: 1, high: last }, Math.max(2, Math.floor(this.size.width / apart)));
      return counts.map(count => ({ at: count, label: String(count) }));
    };
    this.frame.paint(this.context, this.colors, marks, this.shown.length > 0);
  }

  private line(bests: readonly (number | null)[]): void {
    const { context, colors } = this;
    const points = this.shown.flatMap((trial, index): [number, number][] => {
      const best = bests[index];
      return best === null || best === undefined ? [] : [[this.px(trial.number), this.py(best)]];
    });
    context.strokeStyle = colors.best;
    context.lineWidth = 2;
    context.lineJoin = 'round';
    stroke(context, stairs(points));
  }

  private points(chosen: (trial: Trial) => boolean): void {
    const { context, colors } = this;
    const radius = this.radius();
    context.fillStyle = colors.point;
    for (const trial of this.shown) {
      const x = this.px(trial.number);
      const y = this.py(trial.objective ?? 0);
      const beyond = this.beyond(trial);
      context.globalAlpha = chosen(trial) ? 1 : PALE;
      if (beyond !== 0) {
        arrow(context, x, y, beyond * (radius + 2));
      } else if (radius < 2) {
        context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      } else {
        disc(context, x, y, radius);
      }
    }
    context.globalAlpha = 1;
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
          ring(context, x, base - 6.5, 3.5);
        }
      }
    }
  }

  private highlight(): void {
    const { context, colors } = this;
    const best = this.data.best;
    if (best && best.objective !== null) {
      context.fillStyle = colors.best;
      disc(context, this.px(best.number), this.py(best.objective), Math.max(4, this.radius() + 1.5));
    }
  }

  /** Whether a trial is so much worse than the others that it lies below (1) or above (-1) the plot. */
  private beyond(trial: Trial): -1 | 0 | 1 {
    const value = trial.objective ?? 0;
    const { low, high } = this.frame.y;
    return value < low ? 1 : value > high ? -1 : 0;
  }

  /** Of a trial's mark, in CSS pixels. */
  private radius(): number {
    return this.shown.length > FEW ? 1.5 : this.shown.length > 200 ? 2.5 : 4;
  }
}
