import { Feed } from '../src/feed';
import type { Snapshot } from '../src/model';
import type { Listener } from '../src/source';
import type { ISageMaker } from '../src/tokens';
import { english, type View, type ViewState } from '../src/views';
import { settle, snapshot } from './fixtures';

describe('what a view inside another one lives on', () => {
  const watch = { kind: 'training-jobs', key: ['digits-001'] };
  const told = (changes: Partial<Snapshot>): Snapshot => snapshot([], { ...watch, terminal: false, ...changes });
  let listeners: Set<Listener>;
  let known: Snapshot | null;
  let states: ViewState[];
  let pages: number;
  let feed: Feed;

  beforeEach(() => {
    listeners = new Set();
    known = null;
    states = [];
    pages = 0;
    const sagemaker = {
      trans: english,
      server: { logs: () => Promise.resolve({ events: [], token: 'a', more: false }) },
      source: {
        subscribe: (_: unknown, listener: Listener) => {
          listeners.add(listener);
          if (known) {
            listener({ snapshot: known, problem: null });
          }
          return () => listeners.delete(listener);
        }
      }
    } as unknown as ISageMaker;
    const view: Pick<View, 'update' | 'appendLog'> = {
      update: state => states.push(state),
      appendLog: () => (pages += 1)
    };
    feed = new Feed(sagemaker, watch, view, 'local');
  });

  afterEach(() => feed.pause());

  const tell = (snapshot: Snapshot): void => listeners.forEach(listener => listener({ snapshot, problem: null }));

  it('are its snapshots and its log, until nobody looks', async () => {
    feed.start();
    tell(told({ status: 'InProgress' }));
    await settle();
    expect(states.map(({ snapshot: seen }) => seen?.status)).toEqual(['InProgress']);
    expect(pages).toBeGreaterThan(0);
    feed.pause();
    expect(listeners.size).toBe(0);
  });

  it('ends with the job, also when that was known before', () => {
    feed.start();
    tell(told({ status: 'Completed', terminal: true }));
    expect(listeners.size).toBe(0);
    feed.start();
    expect(listeners.size).toBe(0);
  });

  it('ends at once when the job was known to have ended', () => {
    known = told({ status: 'Completed', terminal: true });
    feed.start();
    expect(states).toHaveLength(1);
    expect(listeners.size).toBe(0);
  });

  it('is not a job of the same name on another connection', () => {
    feed.start();
    tell(told({ connection: 'aws:1' }));
    expect(states[0]?.snapshot).toBeNull();
    expect(states[0]?.note?.text).toBe('This trial was on another connection.');
  });
});
