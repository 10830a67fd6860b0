/** When each trial ran, in as many lanes as ran at the same time. */

import { duration } from '../text';
import { tone } from '../status';
import type { Trial, TrialData } from '../trials';
import { ticks } from '../scale';
import { Chart, type Place, type Size } from './chart';
import { type Colors, stroke } from './shapes';

const MARGIN = { top: 6, right: 12, bottom: 22, left: 8 };
const LANE = { least: 3, most: 18 };
const HEIGHT = { least: 36, most: 216 };

interface Bar {
  readonly trial: Trial;
  readonly lane: number;
  readonly from: number;
  readonly to: number;
}

/** Give each trial the first lane that is free when it starts. */
export function lanes(trials: readonly Trial[], now: number): Bar[] {
  const started = trials
    .filter((trial): trial is Trial & { readonly started: number } => trial.started !== null)
    .sort((a, b) => a.started - b.started);
  const free: number[] = [];
  return started.map(trial => {
    const to = Math.max(trial.ended ?? now, trial.started);
    const found = free.findIndex(until => until <= trial.started);
    const lane = found < 0 ? free.length : found;
    free[lane] = to;
    return { trial, lane, from: trial.started, to };
  });
}

/** Seconds between two marks: as clocks have them, not 1, 2, 5. */
export function steps(span: number, wanted: number): number[] {
  const units = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  const step = units.find(unit => span / unit <= wanted);
  return step === undefined
    ? ticks({ low: 0, high: span / 86400 }, wanted).map(days => days * 86400)
    : Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}

export class TimelineChart extends Chart<TrialData> {
  private bars: Bar[] = [];
  private byName = new Map<string, Bar>();
  private count = 1;
  private from = 0;
  private to = 1;
  private size: Size = { width: 0, height: 0 };

  protected prepare(data: TrialData): void {
    this.bars = lanes(data.trials, Date.now() / 1000);
    this.byName = new Map(this.bars.map(bar => [bar.trial.name, bar]));
    this.count = this.bars.reduce((most, { lane }) => Math.max(most, lane + 1), 1);
    this.from = this.bars[0]?.from ?? 0;
    this.to = this.bars.reduce((last, { to }) => Math.max(last, to), this.from + 1);
    // No higher than its lanes need, and no lower than an empty one that says why it is empty.
    const lanesHeight = Math.min(HEIGHT.most, Math.max(HEIGHT.least, this.count * LANE.most));
    this.node.style.height = `${lanesHeight + MARGIN.top + MARGIN.bottom}px`;
  }

  protected paint(context: CanvasRenderingContext2D, size: Size, colors: Colors): void {
    this.size = size;
    context.font = colors.font;
    const tones: Record<string, string> = {
      good: colors.point,
      bad: colors.bad,
      busy: colors.busy,
      idle: colors.text
    };
    for (const bar of this.bars) {
      const { x, y, width, height } = this.box(bar);
      const how = tone(bar.trial.status);
      context.fillStyle = tones[how] ?? colors.point;
      context.globalAlpha = this.picked.includes(bar.trial) ? (how === 'idle' ? 0.5 : 1) : 0.15;
      context.fillRect(x, y, width, height);
    }
    context.globalAlpha = 1;
    const base = size.height - MARGIN.bottom + 0.5;
    context.strokeStyle = colors.grid;
    context.lineWidth = 1;
    stroke(context, [
      [MARGIN.left, base],
      [size.width - MARGIN.right, base]
    ]);
    context.fillStyle = colors.text;
    context.textBaseline = 'top';
    for (const seconds of steps(this.to - this.from, Math.max(2, Math.floor(size.width / 90)))) {
      const x = this.x(this.from + seconds);
      context.textAlign = x < 30 ? 'left' : x > size.width - 40 ? 'right' : 'center';
      context.fillText(seconds === 0 ? '0' : duration(seconds), x, base + 6);
    }
  }

  protected mark(context: CanvasRenderingContext2D, trial: Trial, colors: Colors): void {
    const bar = this.byName.get(trial.name);
    if (bar) {
      const { x, y, width, height } = this.box(bar);
      context.strokeStyle = colors.text;
      context.lineWidth = 2;
      context.strokeRect(x - 1, y - 1, width + 2, height + 2);
    }
  }

  protected nearest({ x, y }: Place): Trial | null {
    const found = this.bars.find(bar => {
      const box = this.box(bar);
      return x >= box.x - 1 && x <= box.x + box.width + 1 && y >= box.y && y <= box.y + box.height + 1;
    });
    return found?.trial ?? null;
  }

  protected placeOf(trial: Trial): Place | null {
    const bar = this.byName.get(trial.name);
    return bar ? { x: this.x(bar.from), y: this.box(bar).y } : null;
  }

  protected order(): readonly Trial[] {
    return this.bars.map(({ trial }) => trial);
  }

  protected override describe(trial: Trial): string {
    const bar = this.byName.get(trial.name);
    const lines = super.describe(trial);
    return bar ? `${lines}\n${this.trans.__('ran %1', duration(bar.to - bar.from))}` : lines;
  }

  protected summary(): string {
    return this.trans._n(
      'When %1 trial ran, over %2; at most %3 at the same time.',
      'When %1 trials ran, over %2; at most %3 at the same time.',
      this.bars.length,
      duration(this.to - this.from),
      this.count
    );
  }

  protected nothing(): string | null {
    return this.bars.length > 0 ? null : this.trans.__('No trial has started yet.');
  }

  private x(time: number): number {
    return MARGIN.left + ((time - this.from) / (this.to - this.from)) * (this.size.width - MARGIN.left - MARGIN.right);
  }

  private box({ lane, from, to }: Bar): { x: number; y: number; width: number; height: number } {
    const room = this.size.height - MARGIN.top - MARGIN.bottom;
    const deep = Math.min(LANE.most, Math.max(LANE.least, room / this.count));
    const x = this.x(from);
    return {
      x,
      y: MARGIN.top + lane * deep,
      width: Math.max(1.5, this.x(to) - x - 1),
      height: Math.max(1.5, deep - 1.5)
    };
  }
}
