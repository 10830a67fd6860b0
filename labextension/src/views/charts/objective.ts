/** The objective of each trial with the best-so-far line. */

import { number } from '../text';
import { bestSoFar, type Trial, type TrialData } from '../trials';
import { Chart, type Place, type Size } from './chart';
import { Drawing } from './drawing';
import type { Colors } from './shapes';

const REACH = 16; // CSS pixels around the pointer in which a trial is found

export class ObjectiveChart extends Chart<TrialData> {
  private data: TrialData | null = null;
  private shown: Trial[] = [];
  private bests: (number | null)[] = [];
  private drawing: Drawing | null = null;

  protected prepare(data: TrialData): void {
    this.data = data;
    this.shown = data.trials.filter(trial => trial.objective !== null && Number.isFinite(trial.objective));
    this.bests = bestSoFar(this.shown, data.minimize);
  }

  protected paint(context: CanvasRenderingContext2D, size: Size, colors: Colors): void {
    if (this.data) {
      this.drawing = new Drawing(context, size, this.data, this.shown, colors);
      this.drawing.paint(this.bests, trial => this.picked.includes(trial));
    }
  }

  protected mark(context: CanvasRenderingContext2D, trial: Trial): void {
    this.drawing?.ring(context, trial);
  }

  protected placeOf(trial: Trial): Place | null {
    const { drawing } = this;
    return drawing && trial.objective !== null ? { x: drawing.px(trial.number), y: drawing.py(trial.objective) } : null;
  }

  protected order(): readonly Trial[] {
    return this.shown;
  }

  protected nearest({ x, y }: Place): Trial | null {
    const { drawing } = this;
    let nearest: Trial | null = null;
    let distance = REACH * REACH;
    for (const trial of drawing ? this.shown : []) {
      const dx = drawing ? drawing.px(trial.number) - x : Infinity;
      if (drawing && Math.abs(dx) <= REACH) {
        const dy = drawing.py(trial.objective ?? 0) - y;
        const found = dx * dx + dy * dy;
        if (found < distance) {
          nearest = trial;
          distance = found;
        }
      }
    }
    return nearest;
  }

  protected summary({ best, metric, minimize }: TrialData): string {
    const shown = this.trans._n('Objective %2 of %1 trial.', 'Objective %2 of %1 trials.', this.shown.length, metric);
    if (best?.objective === null || best === null) {
      return shown;
    }
    const aim = minimize ? this.trans.__('lowest') : this.trans.__('highest');
    return `${shown} ${this.trans.__('Best (%1): %2, trial %3.', aim, number(best.objective), best.number)}`;
  }

  protected nothing({ running }: TrialData): string | null {
    if (this.shown.length > 0) {
      return null;
    }
    return running
      ? this.trans.__('The objective of each trial appears here when the first one has finished.')
      : this.trans.__('No trial reported an objective.');
  }
}
