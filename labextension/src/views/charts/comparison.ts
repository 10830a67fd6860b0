/** The best so far of several tuning jobs with one aim. */

import { isRunning } from '../../job';
import { setAttribute } from '../dom';
import { countTicks, objectiveRange } from '../scale';
import { type Aim, type By, elapsed, leader, type Series, type Step, steps } from '../series';
import { duration, number, parameter } from '../text';
import type { Trial } from '../trials';
import { Chart, type ChartOptions, type Place, type Size } from './chart';
import { Frame, type Mark, stairs } from './frame';
import { type LineMark, markOf } from './marks';
import { type Colors, ring, stroke } from './shapes';
import { steps as timeSteps } from './timeline';

const REACH = 28; // CSS pixels above or below a line in which it is found
const MANY = 40; // steps of a line from which on only those that make the best better have a mark

export interface ComparisonData {
  readonly aim: Aim;
  readonly by: By;
  /** Epoch seconds. */
  readonly now: number;
}

interface Line {
  readonly series: Series;
  readonly steps: readonly Step[];
  readonly mark: LineMark;
  /** How far it is drawn: to the last trial, or to the end of the job. */
  readonly end: number;
}

interface Found {
  readonly line: Line;
  readonly step: Step;
}

export class ComparisonChart extends Chart<ComparisonData> {
  private lines: Line[] = [];
  private byTrial = new Map<string, Found>();
  private by: By = 'trial';
  private frame: Frame | null = null;

  constructor(options: ChartOptions) {
    super(options);
    setAttribute(this.node, 'aria-description', this.trans.__('The table of jobs tells the best of each.'));
  }

  protected prepare({ aim, by, now }: ComparisonData): void {
    this.by = by;
    this.lines = aim.series.map(series => {
      const found = steps(series, by);
      const last = found[found.length - 1]?.at ?? 0;
      const end = by === 'elapsed' ? Math.max(last, elapsed(series, now) ?? 0) : last;
      return { series, steps: found, mark: markOf(series.index), end };
    });
    this.byTrial = new Map(
      this.lines.flatMap(line => line.steps.map((step): [string, Found] => [step.trial.name, { line, step }]))
    );
    this.frame = null;
  }

  protected paint(context: CanvasRenderingContext2D, size: Size, colors: Colors): void {
    const end = this.lines.reduce((most, line) => Math.max(most, line.end), this.by === 'trial' ? 2 : 1);
    const space = this.by === 'trial' ? Math.max(0.5, end * 0.015) : 0;
    const values = this.lines.flatMap(line => line.steps.map(({ best }) => best));
    const first = this.by === 'trial' ? 1 : 0;
    const range = objectiveRange(values, this.lines[0]?.series.job !== null && this.minimizes());
    this.frame = new Frame(size, { low: first - space, high: end + space }, range);
    this.frame.paint(context, colors, () => this.marks(end, size.width), values.length > 0);
    for (const line of this.lines) {
      this.paintLine(context, line, 2);
    }
    context.globalAlpha = 1;
  }

  protected override paintOver(context: CanvasRenderingContext2D): void {
    const hovered = this.picked.hovered;
    const found = hovered && this.byTrial.get(hovered.name);
    if (found) {
      this.paintLine(context, found.line, 4);
    }
  }

  protected mark(context: CanvasRenderingContext2D, trial: Trial, colors: Colors): void {
    const place = this.placeOf(trial);
    if (place) {
      context.strokeStyle = colors.text;
      context.lineWidth = 2;
      ring(context, place.x, place.y, 8);
    }
  }

  /** The trial that made the line what it is where the pointer is. */
  protected nearest({ x, y }: Place): Trial | null {
    const { frame } = this;
    let nearest: Trial | null = null;
    let distance = REACH;
    for (const line of frame ? this.lines : []) {
      const step = frame && stepAt(line.steps, at => frame.px(at) <= x + 4);
      const apart = frame && step ? Math.abs(frame.py(step.best) - y) : Infinity;
      if (step && apart < distance) {
        nearest = step.trial;
        distance = apart;
      }
    }
    return nearest;
  }

  protected placeOf(trial: Trial): Place | null {
    const found = this.byTrial.get(trial.name);
    return found && this.frame ? { x: this.frame.px(found.step.at), y: this.frame.py(found.step.best) } : null;
  }

  protected order(): readonly Trial[] {
    return this.lines.flatMap(line => line.steps.map(({ trial }) => trial));
  }

  protected override describe(trial: Trial): string {
    const found = this.byTrial.get(trial.name);
    if (!found) {
      return super.describe(trial);
    }
    const { line, step } = found;
    const best = number(step.best);
    return [
      line.series.name,
      this.by === 'trial'
        ? this.trans.__('Best of %1 trials: %2', trial.number, best)
        : this.trans.__('Best after %1: %2', duration(step.at), best),
      this.trans.__('Trial %1: %2', trial.number, number(trial.objective ?? 0)),
      ...Object.entries(trial.parameters).map(([name, given]) => `${name} = ${parameter(given)}`)
    ].join('\n');
  }

  protected summary({ aim, by }: ComparisonData): string {
    const { trans } = this;
    const ahead = leader(aim);
    const title =
      by === 'trial'
        ? trans.__('Best %1 so far by trial, of %2 jobs.', aim.metric, aim.series.length)
        : trans.__('Best %1 so far by elapsed time, of %2 jobs.', aim.metric, aim.series.length);
    const best = ahead?.best?.objective ?? null;
    return ahead && best !== null ? `${title} ${trans.__('%1 is ahead: %2.', ahead.name, number(best))}` : title;
  }

  protected nothing({ aim }: ComparisonData): string | null {
    if (this.byTrial.size > 0) {
      return null;
    }
    return aim.series.some(({ snapshot }) => isRunning(snapshot?.status ?? null))
      ? this.trans.__('The best of each job appears here when its first trial has finished.')
      : this.trans.__('No trial reported an objective.');
  }

  private minimizes(): boolean {
    const objective = this.lines[0]?.series.job?.HyperParameterTuningJobConfig.HyperParameterTuningJobObjective;
    return objective?.Type === 'Minimize';
  }

  private marks(end: number, width: number): Mark[] {
    if (this.by === 'elapsed') {
      return timeSteps(end, Math.max(2, Math.floor(width / 90))).map(at => ({
        at,
        label: at === 0 ? '0' : duration(at)
      }));
    }
    const apart = 26 + 8 * String(Math.floor(end)).length;
    return countTicks({ low: 1, high: Math.floor(end) }, Math.max(2, Math.floor(width / apart))).map(at => ({
      at,
      label: String(at)
    }));
  }

  private paintLine(context: CanvasRenderingContext2D, line: Line, width: number): void {
    const { frame } = this;
    const last = line.steps[line.steps.length - 1];
    if (!frame || !last) {
      return;
    }
    const color = getComputedStyle(this.node).getPropertyValue(line.mark.color).trim();
    const points = line.steps.map(({ at, best }): [number, number] => [frame.px(at), frame.py(best)]);
    context.strokeStyle = context.fillStyle = color;
    context.lineWidth = width;
    context.lineJoin = 'round';
    context.setLineDash([...line.mark.dash]);
    stroke(context, stairs([...points, [frame.px(Math.max(last.at, line.end)), frame.py(last.best)]]));
    context.setLineDash([]);
    const shape = new Path2D(line.mark.shape);
    line.steps.forEach(({ best }, index) => {
      const point = points[index];
      const better = best !== line.steps[index - 1]?.best;
      if (point && (better || line.steps.length <= MANY || index === line.steps.length - 1)) {
        context.save();
        context.translate(...point);
        context.fill(shape);
        context.restore();
      }
    });
  }
}

/** The last step that lies before a place; steps are in the order of the axis. */
function stepAt(all: readonly Step[], before: (at: number) => boolean): Step | null {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(all[middle]?.at ?? 0)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return all[low - 1] ?? null;
}
