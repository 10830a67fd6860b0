import { Drawing } from '../src/views/charts/drawing';
import { type TrialData, trials } from '../src/views/trials';
import { summary } from './fixtures';

/** A canvas that notes what is drawn on it. */
class Pad {
  readonly discs: [number, number][] = [];
  readonly paths: [number, number][][] = [];
  readonly texts: string[] = [];
  private path: [number, number][] = [];

  beginPath(): void {
    this.path = [];
  }
  moveTo(x: number, y: number): void {
    this.path.push([x, y]);
  }
  lineTo(x: number, y: number): void {
    this.path.push([x, y]);
  }
  arc(x: number, y: number): void {
    this.discs.push([x, y]);
  }
  stroke(): void {
    this.paths.push(this.path);
  }
  fill(): void {
    this.paths.push(this.path);
  }
  fillText(text: string): void {
    this.texts.push(text);
  }
  measureText(text: string): { width: number } {
    return { width: text.length * 6 };
  }
}

const COLORS = { text: 't', back: '#fff', grid: 'g', point: 'p', best: 'b', bad: 'x', busy: 'y', font: 'f' };

function draw(
  values: readonly (number | undefined)[],
  changes: Partial<TrialData> = {}
): { pad: Pad; drawing: Drawing } {
  const all = trials(
    values.map((value, index) =>
      summary({ number: index + 1, ...(value === undefined ? { status: 'Failed' } : { value }) })
    )
  );
  const shown = all.filter(trial => trial.objective !== null);
  const data = {
    trials: all,
    best: null,
    minimize: false,
    metric: 'm',
    parameters: [],
    maximum: 12,
    running: true,
    ...changes
  };
  const pad = new Pad();
  const context = pad as unknown as CanvasRenderingContext2D;
  const drawing = new Drawing(context, { width: 600, height: 200 }, data, shown, COLORS);
  drawing.paint(shown.map(() => 0.5));
  return { pad, drawing };
}

it('has room from the start for all trials of a short job', () => {
  const { pad, drawing } = draw([0.5]);
  expect(drawing.px(12)).toBeLessThan(600);
  expect(pad.texts).toContain('12');
});

it('puts better trials higher and later trials to the right', () => {
  const { drawing } = draw([0.5, 0.9]);
  expect(drawing.py(0.9)).toBeLessThan(drawing.py(0.5));
  expect(drawing.px(2)).toBeGreaterThan(drawing.px(1));
});

it('draws a disc for each objective and a cross for each failure', () => {
  const { pad } = draw([0.5, undefined, 0.9]);
  expect(pad.discs).toHaveLength(2);
});

it('shows a diverged trial at the edge, by an arrow instead of a disc', () => {
  const usual = [0.5, 0.55, 0.6, 0.62, 0.64, 0.66, 0.7, 0.72];
  const { pad, drawing } = draw([...usual, -1e9]);
  expect(pad.discs).toHaveLength(usual.length);
  expect(drawing.py(-1e9)).toBeLessThanOrEqual(200);
});
