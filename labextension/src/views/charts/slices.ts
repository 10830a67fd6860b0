/** Each hyperparameter against the objective: one small plot a hyperparameter, as many beside each other as fit. */

import { objectiveRange } from '../scale';
import type { Trial, TrialData } from '../trials';
import { type Axis, axisOf, objectiveAxis } from './axis';
import { Chart, type Place, type Size } from './chart';
import { cut } from './labels';
import { type Colors, disc, ring, stroke } from './shapes';

const WIDTH = 170; // CSS pixels that a small plot needs
const HEIGHT = 150;
const MARGIN = { top: 18, right: 10, bottom: 18, left: 8 };
const REACH = 12;
const PALE = 0.2;

interface Panel {
  readonly axis: Axis;
  readonly places: readonly (number | null)[];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class SlicesChart extends Chart<TrialData> {
  private shown: Trial[] = [];
  private index = new Map<string, number>();
  private heights: number[] = [];
  private panels: Panel[] = [];
  private objective: Axis = objectiveAxis('', { low: 0, high: 1 });
  private best: Trial | null = null;
  private size: Size = { width: 0, height: 0 };
  private columns = 1;
  private left = MARGIN.left;

  protected prepare(data: TrialData): void {
    this.shown = data.trials.filter(trial => trial.objective !== null && Number.isFinite(trial.objective));
    this.index = new Map(this.shown.map((trial, at) => [trial.name, at]));
    this.best = data.best;
    const range = objectiveRange(
      this.shown.map(trial => trial.objective ?? 0),
      data.minimize
    );
    this.objective = objectiveAxis(data.metric, range);
    this.heights = this.shown.map(trial => this.objective.at(String(trial.objective)) ?? 0);
    this.panels = data.parameters.map(parameter => {
      const values = this.shown.map(trial => trial.parameters[parameter.name]);
      const axis = axisOf(
        parameter,
        values.filter(value => value !== undefined)
      );
      return { axis, places: values.map(value => (value === undefined ? null : axis.at(value))) };
    });
    this.fit();
  }

  protected paint(context: CanvasRenderingContext2D, size: Size, colors: Colors): void {
    this.size = size;
    if (this.fit()) {
      return; // the new height comes with a paint of its own
    }
    context.font = colors.font;
    const labels = this.objective.ticks(4);
    this.left = Math.max(MARGIN.left, ...labels.map(({ label }) => context.measureText(label).width + 12));
    const radius = this.shown.length > 2000 ? 1.2 : this.shown.length > 200 ? 2 : 3;
    this.panels.forEach((panel, at) => {
      this.axes(context, colors, panel, at);
      context.fillStyle = colors.point;
      const box = this.box(at);
      this.shown.forEach((trial, index) => {
        const place = this.placeIn(box, panel, index);
        if (place) {
          context.globalAlpha = this.picked.includes(trial) ? 0.8 : PALE;
          if (radius < 2) {
            context.fillRect(place.x - radius, place.y - radius, 2 * radius, 2 * radius);
          } else {
            disc(context, place.x, place.y, radius);
          }
        }
      });
      context.globalAlpha = 1;
      const best = this.best && this.index.get(this.best.name);
      const place = best === null || best === undefined ? null : this.at(at, best);
      if (place) {
        context.fillStyle = colors.best;
        disc(context, place.x, place.y, Math.max(4, radius + 1.5));
      }
    });
  }

  protected mark(context: CanvasRenderingContext2D, trial: Trial, colors: Colors): void {
    const index = this.index.get(trial.name);
    context.strokeStyle = colors.text;
    context.lineWidth = 2;
    this.panels.forEach((_, at) => {
      const place = index === undefined ? null : this.at(at, index);
      if (place) {
        ring(context, place.x, place.y, 6);
      }
    });
  }

  protected nearest({ x, y }: Place): Trial | null {
    let found: Trial | null = null;
    let distance = REACH * REACH;
    this.panels.forEach((panel, at) => {
      const box = this.box(at);
      if (x < box.x - REACH || x > box.x + box.width + REACH || y < box.y - REACH || y > box.y + box.height + REACH) {
        return;
      }
      this.shown.forEach((trial, index) => {
        const place = this.placeIn(box, panel, index);
        const apart = place ? (place.x - x) ** 2 + (place.y - y) ** 2 : Infinity;
        if (apart < distance) {
          found = trial;
          distance = apart;
        }
      });
    });
    return found;
  }

  protected placeOf(trial: Trial): Place | null {
    const index = this.index.get(trial.name);
    return index === undefined || this.panels.length === 0 ? null : this.at(0, index);
  }

  protected order(): readonly Trial[] {
    return this.shown;
  }

  protected summary(data: TrialData): string {
    const names = data.parameters.map(({ name }) => name).join(', ');
    return this.trans._n(
      'Objective of %1 trial against each of %2.',
      'Objective of %1 trials against each of %2.',
      this.shown.length,
      names
    );
  }

  protected nothing(data: TrialData): string | null {
    if (data.parameters.length === 0 && this.shown.length > 0) {
      return this.trans.__('Nothing is tuned.');
    }
    return this.shown.length > 0 ? null : this.trans.__('No trial has an objective yet.');
  }

  private axes(context: CanvasRenderingContext2D, colors: Colors, panel: Panel, at: number): void {
    const box = this.box(at);
    context.lineWidth = 1;
    context.strokeStyle = colors.grid;
    context.fillStyle = colors.text;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const { at: height, label } of this.objective.ticks(4)) {
      const y = Math.round(box.y + (1 - height) * box.height) + 0.5;
      stroke(context, [
        [box.x, y],
        [box.x + box.width, y]
      ]);
      if (at % this.columns === 0) {
        context.fillText(label, box.x - 6, y);
      }
    }
    context.textBaseline = 'top';
    context.textAlign = 'center';
    let free = -Infinity;
    for (const { at: place, label } of panel.axis.ticks(4)) {
      const x = box.x + place * box.width;
      const text = cut(context, label, box.width / 2);
      const half = context.measureText(text).width / 2;
      if (x - half > free) {
        const inside = Math.max(box.x + half - 2, Math.min(box.x + box.width - half + 2, x));
        context.fillText(text, inside, box.y + box.height + 5);
        free = inside + half + 6;
      }
    }
    context.textBaseline = 'alphabetic';
    context.textAlign = 'left';
    context.fillText(cut(context, panel.axis.name, box.width), box.x, box.y - 6);
  }

  /** Choose how many columns there are, and how high all is; whether that changed the height. */
  private fit(): boolean {
    this.columns = Math.max(1, Math.min(this.panels.length, Math.floor(this.size.width / WIDTH)));
    const height = `${Math.max(1, Math.ceil(this.panels.length / this.columns)) * HEIGHT}px`;
    const changed = this.size.width > 0 && this.node.style.height !== height;
    if (changed) {
      this.node.style.height = height;
      this.repaint();
    }
    return changed;
  }

  private box(at: number): Box {
    const width = (this.size.width - this.left) / this.columns;
    const x = this.left + (at % this.columns) * width;
    const y = Math.floor(at / this.columns) * HEIGHT + MARGIN.top;
    return { x, y, width: width - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  }

  private at(at: number, index: number): Place | null {
    const panel = this.panels[at];
    return panel === undefined ? null : this.placeIn(this.box(at), panel, index);
  }

  private placeIn(box: Box, panel: Panel, index: number): Place | null {
    const x = panel.places[index];
    return x === null || x === undefined
      ? null
      : { x: box.x + x * box.width, y: box.y + (1 - (this.heights[index] ?? 0)) * box.height };
  }
}
