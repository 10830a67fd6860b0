import { Signal } from '@lumino/signaling';
import type { EndedThing, Overview } from '../src/model';
import { counted, type Looked, readLooked, Unseen } from '../src/places/unseen';
import type { ISidebar } from '../src/tokens';
import { overview, running, settle } from './fixtures';

function ended(name: string, at: number, outcome: EndedThing['outcome'] = 'finished'): EndedThing {
  const id = `training-jobs/${name}@${at}:${outcome}`;
  return { ...running({ kind: 'training-jobs', key: [name], name }), id, outcome, text: null, at };
}

const NOTHING: Looked = { seen: {}, left: {} };
const [old, first, second] = [ended('old', 100), ended('first', 600), ended('second', 700, 'failed')];
const OPENED = 500;

describe('news that nobody has looked at', () => {
  it('do not begin with what was there before', () => {
    const { count, looked } = counted(overview({ ended: [old] }), NOTHING, OPENED, false);
    expect(count).toBe(0);
    expect(counted(overview({ ended: [first, old] }), looked, OPENED, false).count).toBe(1);
  });

  it('are counted once, until somebody looks, and after a reload as before', () => {
    let { looked } = counted(overview({ ended: [old] }), NOTHING, OPENED, false);
    let count = 0;
    const all = overview({ ended: [second, first, old] });
    for (const opened of [OPENED, OPENED, 9000]) {
      ({ count, looked } = counted(all, readLooked(JSON.parse(JSON.stringify(looked))), opened, false));
      expect(count).toBe(2);
    }
    ({ count, looked } = counted(all, looked, OPENED, true));
    expect(count).toBe(0);
    expect(counted(all, looked, OPENED, false)).toEqual({ count: 0, looked });
  });

  it('are jobs and apps that have ended, not new best trials', () => {
    const { looked } = counted(overview(), NOTHING, OPENED, false);
    expect(counted(overview({ ended: [ended('x', 800, 'best'), second] }), looked, OPENED, false).count).toBe(1);
  });

  it('are those of each connection', () => {
    const { looked } = counted(overview({ ended: [old, first] }), NOTHING, OPENED, false);
    const other: Partial<Overview> = { connection: 'aws', kind: 'aws' };
    const there = counted(overview({ ...other, ended: [second] }), looked, OPENED, true);
    expect(there.count).toBe(0);
    expect(counted(overview({ ended: [old, first] }), there.looked, OPENED, false).count).toBe(1);
  });

  it('are as many as before while an engine sleeps', () => {
    const { looked } = counted(overview({ ended: [first] }), NOTHING, OPENED, false);
    expect(counted(overview({ state: 'asleep' }), looked, OPENED, false).count).toBe(1);
    expect(counted(overview({ state: 'asleep' }), looked, OPENED, true).count).toBe(0);
  });

  it.each([[null], ['x'], [{ seen: 3, left: { a: 'b' } }], [[]]])('make the best of %j', kept => {
    expect(readLooked(kept)).toEqual(NOTHING);
  });
});

it('tells the panel, keeps what was looked at, and says nothing where nobody wants it', async () => {
  const told: number[] = [];
  const saved: Looked[] = [];
  const sender = {} as ISidebar;
  const looked = new Signal<ISidebar, void>(sender);
  let looking = false;
  let wanted = true;
  const sidebar: ISidebar = {
    get looking() {
      return looking;
    },
    looked,
    tell: news => void told.push(news)
  };
  const store = {
    fetch: (): Promise<unknown> => Promise.reject(new Error('disk')),
    save: (value: Looked): Promise<unknown> => Promise.resolve(void saved.push(value))
  };
  const unseen = new Unseen(sidebar, store, () => wanted);
  const now = 2000 + performance.now() / 1000;
  unseen.take(overview({ now, ended: [old] }));
  await settle();
  unseen.take(overview({ now, ended: [ended('later', now + 5), old] }));
  await settle();
  expect(told).toEqual([0, 1]);
  wanted = false;
  unseen.again();
  await settle();
  wanted = true;
  looking = true;
  looked.emit();
  await settle();
  expect(told).toEqual([0, 1, 0, 0]);
  expect(Object.keys(saved.at(-1)?.seen.local ?? {})).toHaveLength(2);
});
