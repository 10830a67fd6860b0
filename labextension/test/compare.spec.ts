import { comparisonId, LiveComparison } from '../src/comparison';
import { type Snapshot, type Watch, watchId } from '../src/model';
import type { Listener, LiveState } from '../src/source';
import type { ISageMaker } from '../src/tokens';
import { CompareView } from '../src/views/compare';
import { english } from '../src/views/text';
import { snapshot, summary, tuning } from './fixtures';

const LOSS = {
  HyperParameterTuningJobConfig: {
    ...tuning([]).HyperParameterTuningJobConfig,
    HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'loss' }
  }
} as const;

function job(name: string, values: readonly number[], changes: Partial<Snapshot> = {}, described = {}): Snapshot {
  const jobs = values.map((value, at) => ({
    ...summary({ number: at + 1, value, parameters: { lr: String(value / 10) } }),
    TrainingJobName: `${name}-00${at + 1}-589e2e9f`
  }));
  return snapshot(jobs, { key: [name], ...changes }, described);
}

beforeEach(() => {
  jest.useFakeTimers({ now: 1_100_000 });
  jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(260);
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  document.body.replaceChildren();
});

function texts(root: HTMLElement, selector: string): string[] {
  return [...root.querySelectorAll(selector)].map(node => node.textContent.trim());
}

describe('the view of a comparison', () => {
  let view: CompareView;
  let opened: Watch[];
  const frame = (): void => {
    jest.advanceTimersByTime(20);
  };

  beforeEach(() => {
    opened = [];
    view = new CompareView({ trans: english, names: ['a', 'b'], onOpen: watch => void opened.push(watch) });
    document.body.append(view.node);
  });

  afterEach(() => view.dispose());

  it('draws jobs with one aim in one plot, and marks the one that is ahead', () => {
    view.update('a', { snapshot: job('a', [0.5, 0.7]) });
    view.update('b', { snapshot: job('b', [0.9]) });
    frame();
    frame();
    expect(texts(view.node, '.jp-sm-comparePlot h3')).toEqual(['Best validation:accuracy so far by trial']);
    expect(texts(view.node, '.jp-sm-compareLegend li')).toEqual(['a', 'b']);
    expect(texts(view.node, '.jp-sm-ahead')).toEqual(['Highest validation:accuracy: 0.9, by b.']);
    expect(view.node.querySelector('[role="note"]')).toHaveProperty('hidden', true);
    const rows = [...view.node.querySelectorAll<HTMLElement>('tbody tr:not(.jp-sm-spacer)')];
    expect(rows.map(row => [...row.children].map(cell => cell.textContent.trim()))).toEqual([
      ['a', 'In progress', 'Maximize validation:accuracy', '0.70000', '2/12', 'Bayesian', '1 m 40 s', '0.07'],
      ['b', 'In progress', 'Maximize validation:accuracy', '0.90000', '1/12', 'Bayesian', '1 m 40 s', '0.09']
    ]);
    expect(rows.map(row => row.classList.contains('jp-sm-marked'))).toEqual([false, true]);
    const plot = view.node.querySelector('.jp-sm-plot');
    expect(plot?.getAttribute('aria-label')).toContain('of 2 jobs. b is ahead: 0.9.');
    rows[0]?.click();
    expect(opened).toEqual([{ kind: 'tuning-jobs', key: ['a'] }]);
  });

  it('says that aims differ, and draws each in a scale of its own', () => {
    view.update('a', { snapshot: job('a', [0.5]) });
    view.update('b', { snapshot: job('b', [3, 2], {}, LOSS) });
    frame();
    expect(view.node.querySelectorAll('.jp-sm-comparePlot')).toHaveLength(2);
    const told = view.node.querySelector('[role="note"]');
    expect(told).toHaveProperty('hidden', false);
    expect(told?.textContent).toContain('highest validation:accuracy (a); lowest loss (b)');
    expect(view.node.querySelector('.jp-sm-marked')).toBeNull();
  });

  it('goes over to the time, by a button that tells which it is', () => {
    view.update('a', { snapshot: job('a', [0.5]) });
    frame();
    const buttons = [...view.node.querySelectorAll<HTMLButtonElement>('.jp-sm-toggle')];
    buttons[1]?.click();
    frame();
    expect(buttons.map(button => button.getAttribute('aria-pressed'))).toEqual(['false', 'true']);
    expect(texts(view.node, '.jp-sm-comparePlot h3')[0]).toContain('by time since the job was created');
  });

  it('links the keys of the plot with the rows of the table', () => {
    view.update('a', { snapshot: job('a', [0.5]) });
    view.update('b', { snapshot: job('b', [0.9]) });
    frame();
    frame();
    const plot = view.node.querySelector<HTMLElement>('.jp-sm-plot');
    plot?.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
    expect(plot?.querySelector('[aria-live]')?.textContent).toContain('b\nBest of 1 trials: 0.9');
    expect(texts(view.node, '.jp-sm-pointed td:first-child')).toEqual(['b']);
    plot?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
    expect(opened).toEqual([{ kind: 'training-jobs', key: ['b-001-589e2e9f'] }]);
  });

  it('tells trouble once, and whose it is', () => {
    const note = { tone: 'bad', text: 'no answer', hint: null } as const;
    view.update('a', { snapshot: null, note });
    view.update('b', { snapshot: null, note });
    frame();
    expect(texts(view.node, '.jp-sm-notices > div')).toEqual(['no answer']);
    view.update('b', { snapshot: job('b', [1]) });
    frame();
    expect(texts(view.node, '.jp-sm-notices > div')).toEqual(['a: no answer']);
  });
});

describe('a live comparison', () => {
  const listeners = new Map<string, Listener>();
  const sagemaker = {
    trans: english,
    open: () => Promise.resolve(),
    source: {
      subscribe: (watch: Watch, listener: Listener): (() => void) => {
        listeners.set(watchId(watch), listener);
        return () => listeners.delete(watchId(watch));
      }
    }
  } as unknown as ISageMaker;
  const tell = (name: string, state: Partial<LiveState>): void =>
    listeners.get(`tuning-jobs/${name}`)?.({ snapshot: null, problem: null, ...state });
  const over = { HyperParameterTuningJobStatus: 'Completed', HyperParameterTuningEndTime: 1050 };
  let live: LiveComparison;

  const shown = (): string => {
    jest.advanceTimersByTime(40);
    return live.node.textContent;
  };

  afterEach(() => {
    live.dispose();
    expect(listeners.size).toBe(0);
  });

  it('looks at what can still change, while somebody looks', () => {
    live = new LiveComparison({ sagemaker, names: ['a', 'b'] });
    live.start();
    expect([...listeners.keys()]).toEqual(['tuning-jobs/a', 'tuning-jobs/b']);
    tell('a', { snapshot: job('a', [1], { terminal: true }, over) });
    tell('b', { snapshot: job('b', [2]) });
    expect([...listeners.keys()]).toEqual(['tuning-jobs/b']);
    live.pause();
    expect(listeners.size).toBe(0);
    live.start();
    expect([...listeners.keys()]).toEqual(['tuning-jobs/b']);
  });

  it('says that a job was on another connection, and shows it as it was', () => {
    const stored = [job('a', [0.25])];
    live = new LiveComparison({ sagemaker, names: ['a', 'b'], connection: 'local', stored });
    document.body.append(live.node);
    live.start();
    tell('a', { snapshot: job('a', [0.75], { connection: 'aws', label: 'AWS' }) });
    expect(shown()).toContain('a: Compared on Local engine; the connection now is AWS.');
    expect(shown()).toContain('Highest validation:accuracy: 0.25, by a.');
  });

  it('shows a job that is gone as it was', () => {
    live = new LiveComparison({ sagemaker, names: ['a'], stored: [job('a', [0.25])] });
    document.body.append(live.node);
    live.start();
    const error = { message: 'could not find it', code: 'ResourceNotFound', hint: null };
    tell('a', { snapshot: { ...job('a', []), described: null, training_jobs: [], error } });
    expect(shown()).toContain('This job is not known any more.');
    expect(shown()).toContain('0.25, by a');
  });
});

it('is the same for the same jobs', () => {
  expect(comparisonId(['b', 'a'])).toBe(comparisonId(['a', 'b']));
  expect(comparisonId(['a'])).not.toBe(comparisonId(['a', 'b']));
});
