import { axisOf } from '../src/views/charts/axis';
import { ParallelChart } from '../src/views/charts/parallel';
import { lanes, steps } from '../src/views/charts/timeline';
import { ImportanceChart } from '../src/views/charts/importance';
import { Picked } from '../src/views/picked';
import { english } from '../src/views/text';
import { type TrialData, trials } from '../src/views/trials';
import { settle, summary } from './fixtures';

const LR = { name: 'lr', kind: 'continuous', low: 1e-4, high: 0.1, scaling: 'Logarithmic' } as const;
const OPT = { name: 'opt', kind: 'categorical', values: ['adam', 'sgd'] } as const;

function data(count: number): TrialData {
  const all = trials(
    Array.from({ length: count }, (_, index) =>
      summary({
        number: index + 1,
        value: index,
        parameters: { lr: String(0.1 / (index + 1)), opt: index % 2 ? 'adam' : 'sgd' }
      })
    )
  );
  return {
    trials: all,
    best: all[all.length - 1] ?? null,
    minimize: false,
    metric: 'acc',
    parameters: [LR, OPT],
    maximum: count,
    running: false
  };
}

describe('axisOf', () => {
  it('puts the middle of a logarithmic range in the middle', () => {
    const axis = axisOf(LR, []);
    expect(axis.at('1e-4')).toBeCloseTo(0);
    expect(axis.at('0.0031622776')).toBeCloseTo(0.5);
    expect(axis.at('"0.1"')).toBeCloseTo(1);
    expect(axis.ticks(5).map(tick => tick.label)).toEqual(['1e-4', '0.001', '0.01', '0.1']);
  });

  it('is linear where the range is narrow, and as wide as what was seen', () => {
    const axis = axisOf({ name: 'd', kind: 'integer', low: 2, high: 8, scaling: 'Auto' }, ['10']);
    expect(axis.at('6')).toBeCloseTo(0.5);
  });

  it('has a place for each category, and none for what is no value', () => {
    const axis = axisOf(OPT, ['"other"']);
    expect(axis.at('adam')).toBeCloseTo(1 / 6);
    expect(axis.at('rmsprop')).toBeNull();
    expect(axis.ticks(9).map(tick => tick.label)).toEqual(['adam', 'sgd', 'other']);
    expect(axisOf(LR, []).at('adam')).toBeNull();
  });
});

describe('lanes', () => {
  it('gives trials that ran at the same time lanes of their own', () => {
    const all = trials([1, 5, 30].map(number => summary({ number, value: number })));
    expect(lanes(all, 2000).map(({ lane }) => lane)).toEqual([0, 1, 0]);
  });

  it('lets a trial that runs go on until now', () => {
    const [bar] = lanes(trials([summary({ number: 1, status: 'InProgress' })]), 2000);
    expect(bar?.to).toBe(2000);
  });
});

describe('steps', () => {
  it('are those of clocks', () => {
    expect(steps(50, 4)).toEqual([0, 15, 30, 45]);
    expect(steps(7200, 4)).toEqual([0, 1800, 3600, 5400, 7200]);
  });
});

describe('a chart', () => {
  let chart: ParallelChart;
  let picked: Picked;

  beforeEach(() => {
    jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
    picked = new Picked();
    chart = new ParallelChart({ trans: english, picked, onOpen: null });
    chart.update(data(3));
  });

  afterEach(() => {
    chart.dispose();
    jest.restoreAllMocks();
  });

  it('says what it shows', () => {
    expect(chart.node.getAttribute('aria-label')).toBe(
      'Parallel coordinates of 3 trials: lr, opt, and the objective acc.'
    );
  });

  it('picks the trial that the keyboard is on, for all charts', () => {
    chart.node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
    expect(picked.hovered?.number).toBe(1);
    expect(chart.node.querySelector('[aria-live]')?.textContent).toContain('Trial 1: 0');
    chart.node.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
    expect(picked.hovered?.number).toBe(2);
    chart.node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(picked.hovered).toBeNull();
  });
});

describe('a chart that is dear to draw', () => {
  let clock: number;
  let taken: number;
  let chart: ParallelChart;
  const frame = (): void => {
    jest.advanceTimersByTime(20);
  };

  beforeEach(() => {
    jest.useFakeTimers();
    clock = 0;
    taken = 0;
    const nothing = (): object => ({ width: 10 });
    const context = new Proxy({}, { get: () => nothing, set: () => true });
    jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never);
    jest.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(300);
    jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(200);
    jest.spyOn(performance, 'now').mockImplementation(() => clock);
    chart = new ParallelChart({ trans: english, picked: new Picked(), onOpen: null });
    const paint = jest.spyOn(chart as unknown as { paint: () => void }, 'paint');
    paint.mockImplementation(() => {
      clock += 100;
      taken += 1;
    });
  });

  afterEach(() => {
    chart.dispose();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('is drawn at once, and then with pauses, the newest last', () => {
    chart.update(data(3));
    frame();
    expect(taken).toBe(1);
    chart.update(data(4));
    chart.update(data(5));
    frame();
    expect(taken).toBe(1);
    expect(chart.node.getAttribute('aria-label')).toContain('3 trials');
    jest.advanceTimersByTime(5100);
    expect(taken).toBe(2);
    expect(chart.node.getAttribute('aria-label')).toContain('5 trials');
  });

  it('is not drawn after it is gone', () => {
    chart.update(data(3));
    frame();
    chart.update(data(4));
    chart.dispose();
    jest.advanceTimersByTime(5000);
    expect(taken).toBe(1);
  });
});

describe('a brush on an axis', () => {
  let picked: Picked;
  let chart: ParallelChart;
  const drag = (from: number, to: number): void => {
    const places = [from, to, to];
    ['pointerdown', 'pointermove', 'pointerup'].forEach((type, at) =>
      chart.node.dispatchEvent(new MouseEvent(type, { clientX: 24, clientY: places[at] ?? 0 }))
    );
  };

  beforeEach(() => {
    jest.useFakeTimers();
    const context = new Proxy({}, { get: () => () => ({ width: 10 }), set: () => true });
    jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never);
    jest.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(300);
    jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(232);
    picked = new Picked();
    chart = new ParallelChart({ trans: english, picked, onOpen: null });
    chart.node.setPointerCapture = () => undefined;
    chart.update(data(4));
    jest.advanceTimersByTime(20);
  });

  afterEach(() => {
    chart.dispose();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('chooses the trials that pass there, those that come later too', () => {
    drag(22, 70);
    expect(picked.chosen?.size).toBe(4);
    drag(22, 30);
    expect(picked.chosen?.size).toBe(1);
    chart.update(data(4));
    jest.advanceTimersByTime(20);
    expect(picked.chosen?.size).toBe(1);
  });

  it('is gone for good when the choice is taken back elsewhere', () => {
    drag(22, 30);
    picked.clear();
    expect(picked.chosen).toBeNull();
    chart.update(data(4));
    jest.advanceTimersByTime(20);
    expect(picked.chosen).toBeNull();
  });
});

describe('importances', () => {
  const open = (answer: () => Promise<Record<string, number>>): { node: HTMLElement; done: () => Promise<void> } => {
    const chart = new ImportanceChart({ trans: english, picked: new Picked(), onOpen: null }, answer);
    chart.update(data(5));
    return {
      node: chart.node,
      done: async () => {
        jest.advanceTimersByTime(1);
        await settle();
        chart.dispose();
      }
    };
  };

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('are a list with a share for each', async () => {
    const { node, done } = open(() => Promise.resolve({ lr: 0.996, opt: 0.004 }));
    await done();
    expect([...node.querySelectorAll('li')].map(item => item.textContent)).toEqual(['lr100 %', 'opt< 1 %']);
  });

  it('say why there are none', async () => {
    const { node, done } = open(() => Promise.reject(new Error('no permission')));
    await done();
    expect(node.querySelector('[role=status]')?.textContent).toBe('no permission');
  });
});
