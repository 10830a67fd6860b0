import { LivePanel } from '../src/live';
import type { Snapshot } from '../src/model';
import { Server } from '../src/request';
import { LiveSource, type Listener, type LiveState } from '../src/source';
import { CommandIDs, type ISageMaker } from '../src/tokens';
import { Settings } from '../src/settings';
import { english } from '../src/views';
import { snapshot, summary } from './fixtures';

const WATCH = { kind: 'tuning-jobs', key: ['digits'] };
const stored = snapshot([summary({ number: 1, status: 'InProgress' })], { seq: 1 });
const nobody = { message: 'gone', code: 'Unreachable', hint: null };

describe('LivePanel', () => {
  let listener: Listener | null;
  let told: Snapshot[];
  let panel: LivePanel;
  let executed: [string, object][];

  const open = (known: Snapshot | null, connection?: string): void => {
    const source = Object.create(LiveSource.prototype) as LiveSource;
    source.subscribe = (_, wanted) => {
      listener = wanted;
      return () => {
        listener = null;
      };
    };
    const sagemaker = {
      server: Object.create(Server.prototype) as Server,
      source,
      trans: english as ISageMaker['trans'],
      settings: new Settings(),
      state: null,
      open: () => Promise.resolve(),
      execute: (command: string, args: object) => {
        executed.push([command, args]);
        return Promise.resolve();
      }
    };
    panel = new LivePanel({
      sagemaker,
      watch: WATCH,
      stored: known,
      ...(connection !== undefined && { connection }),
      onSnapshot: state => told.push(state)
    });
    document.body.replaceChildren(panel.node);
    panel.start();
    jest.advanceTimersByTime(20);
  };
  const tell = (state: Partial<LiveState>): void => {
    listener?.({ snapshot: null, problem: null, ...state });
    jest.advanceTimersByTime(20);
  };
  const text = (selector: string): string | null | undefined => {
    const node = panel.node.querySelector<HTMLElement>(selector);
    return node?.hidden ? null : node?.textContent;
  };

  beforeEach(() => {
    jest.useFakeTimers({ now: 2_000_000 });
    jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
    listener = null;
    told = [];
    executed = [];
  });

  afterEach(() => {
    panel.dispose();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('shows at once what was stored, and then what is', () => {
    open(stored, 'local');
    expect(text('.jp-sm-total')).toBe('0 of 12 trials');
    const now = snapshot([summary({ number: 1, value: 1 })], { seq: 2 });
    tell({ snapshot: now });
    expect(text('.jp-sm-total')).toBe('1 of 12 trials');
    expect(told).toEqual([now]);
  });

  it('does not look at what cannot change any more', () => {
    open(snapshot([], { terminal: true }, { HyperParameterTuningJobStatus: 'Completed' }), 'local');
    expect(listener).toBeNull();
  });

  it('looks again at a finished job of which not all trials were stored', () => {
    const job = { HyperParameterTuningJobStatus: 'Completed' as const, TrainingJobStatusCounters: { Completed: 2000 } };
    open(snapshot([summary({ number: 1, value: 1 })], { terminal: true }, job), 'local');
    expect(listener).not.toBeNull();
  });

  it('stops looking when the job has ended', () => {
    open(stored, 'local');
    tell({ snapshot: snapshot([], { seq: 3, terminal: true }, { HyperParameterTuningJobStatus: 'Completed' }) });
    expect(listener).toBeNull();
    expect(told).toHaveLength(1);
  });

  it('stops looking when it is put out of sight', () => {
    open(stored, 'local');
    panel.pause();
    expect(listener).toBeNull();
  });

  it('does not take a job of the same name on another connection for its own', () => {
    open(stored, 'local');
    tell({ snapshot: snapshot([], { connection: 'aws:dev:eu-west-1', label: 'AWS dev · eu-west-1' }) });
    expect(text('.jp-sm-notice')).toContain('seen on Local engine; the connection now is AWS dev · eu-west-1');
    expect(text('.jp-sm-legend')).toContain('1 in progress');
    expect(told).toEqual([]);
  });

  it('stops no job of the same name on another connection', async () => {
    open(stored, 'local');
    tell({ snapshot: snapshot([], { connection: 'aws:dev:eu-west-1', label: 'AWS dev · eu-west-1' }) });
    const button = (label: string): HTMLButtonElement | undefined =>
      [...panel.node.querySelectorAll<HTMLButtonElement>('.jp-sm-stop button')].find(
        ({ textContent }) => textContent === label
      );
    button('Stop')?.click();
    button('Stop job')?.click();
    await Promise.resolve();
    await Promise.resolve();
    expect(text('.jp-sm-stopProblem')).toBe('This job is on another connection than the one in use.');
  });

  it('says that the job is not known any more, and shows it as it was', () => {
    open(stored, 'local');
    const error = { message: 'Requested resource not found.', code: 'ValidationException', hint: null };
    tell({ snapshot: { ...snapshot([]), described: null, training_jobs: [], status: null, updated: 0, error } });
    expect(text('.jp-sm-notice')).toContain('not known on Local engine any more');
    expect(text('.jp-sm-legend')).toContain('1 in progress');
    expect(told).toEqual([]);
  });

  it('says what is wrong with the way to the server, and keeps its picture', () => {
    open(stored, 'local');
    tell({ snapshot: stored, problem: nobody });
    expect(text('.jp-sm-notice')).toContain('gone');
    expect(text('.jp-sm-legend')).toContain('1 in progress');
    tell({ snapshot: stored });
    expect(text('.jp-sm-notice')).toBeNull();
  });

  it('opens the menu of the job with the ways to follow it', () => {
    open(stored, 'local');
    tell({ snapshot: { ...stored, seq: 2, ways: ['clone', 'promote'] } });
    panel.node.querySelector<HTMLElement>('[aria-haspopup="menu"]')?.click();
    expect(executed).toEqual([[CommandIDs.jobMenu, { ...WATCH, ways: ['clone', 'promote'], x: 0, y: 0 }]]);
  });
});
