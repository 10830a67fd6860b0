import type { Snapshot } from '../src/model';
import { LiveSource, type LiveState, type Surroundings, type Transport, type WantedWatch } from '../src/source';
import { denial, settle, snapshot, summary } from './fixtures';

const JOB = { kind: 'tuning-jobs', key: ['digits'] };
const LIST = { kind: 'jobs', key: [] };

/** A page whose time goes by only when told. */
class Page implements Surroundings {
  time = 0;
  shown = true;
  private timers = new Map<number, { at: number; call: () => void }>();
  private last = 0;

  now(): number {
    return this.time;
  }
  random(): number {
    return 0.5;
  }
  visible(): boolean {
    return this.shown;
  }
  setTimeout(call: () => void, milliseconds: number): number {
    this.last += 1;
    this.timers.set(this.last, { at: this.time + milliseconds, call });
    return this.last;
  }
  clearTimeout(timer: number): void {
    this.timers.delete(timer);
  }
  get waiting(): number {
    return this.timers.size;
  }
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await settle();
      const [next] = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!next) {
        break;
      }
      this.timers.delete(next[0]);
      this.time = next[1].at;
      next[1].call();
    }
    this.time = end;
    await settle();
  }
}

/** A server that answers with what it is told to, or not at all. */
class FakeServer implements Transport {
  readonly asked: WantedWatch[][] = [];
  readonly again: boolean[] = [];
  readonly things = new Map<string, Snapshot>();
  error: Error | null = null;
  hold: Promise<void> | null = null;

  put(state: Snapshot): void {
    this.things.set(state.kind, state);
  }

  async look(_: string, watches: readonly WantedWatch[], __: number, again: boolean): Promise<readonly Snapshot[]> {
    this.asked.push([...watches]);
    this.again.push(again);
    await this.hold;
    if (this.error) {
      throw this.error;
    }
    return watches.flatMap(({ kind }) => this.things.get(kind) ?? []);
  }

  get last(): WantedWatch[] | undefined {
    return this.asked.at(-1);
  }
}

describe('LiveSource', () => {
  let page: Page;
  let server: FakeServer;
  let source: LiveSource;
  let heard: LiveState[];

  const listen = (state: LiveState): void => {
    heard.push(state);
  };
  const change = (seq: number): void =>
    source.changed({ connection: 'local', kind: 'tuning-jobs', key: ['digits'], status: 'InProgress', seq });

  beforeEach(() => {
    page = new Page();
    server = new FakeServer();
    source = new LiveSource(server, page, 'viewer');
    heard = [];
    server.put(snapshot([summary({ number: 1, status: 'InProgress' })], { seq: 10 }));
  });

  it('asks once for all that appears together', async () => {
    source.subscribe(JOB, listen);
    source.subscribe(LIST, listen);
    source.subscribe(JOB, listen);
    await page.pass(0);
    expect(server.asked).toEqual([
      [
        { ...JOB, since: null },
        { ...LIST, since: null }
      ]
    ]);
  });

  it('tells what is denied, and when that is something else', async () => {
    const told: number[] = [];
    const leave = source.onDenied(() => told.push(source.denied.length));
    source.subscribe(JOB, listen);
    await page.pass(0);
    expect([source.denied, told]).toEqual([[], []]);
    const denied = [denial('tuning-jobs', 'stop')];
    server.put(snapshot([], { seq: 11, denied }));
    change(11);
    await page.pass(100);
    const known = source.denied;
    expect([known, told]).toEqual([denied, [1]]);
    // The same is no news, whatever else is.
    server.put(snapshot([], { seq: 12, denied: [...denied] }));
    change(12);
    await page.pass(100);
    expect(source.denied).toBe(known);
    server.put(snapshot([], { seq: 13, denied: [] }));
    change(13);
    await page.pass(100);
    leave();
    expect(told).toEqual([1, 0]);
  });

  it('wants to try again what was denied when somebody looks anew, and once', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    source.refresh();
    await page.pass(100);
    server.error = new Error('gone');
    source.refresh(true);
    await page.pass(100);
    server.error = null;
    await page.pass(2000);
    change(11);
    await page.pass(100);
    // Nobody has heard it the first time.
    expect(server.again).toEqual([false, false, true, true, false]);
  });

  it('tells a second viewer at once what the first one brought', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    const late: LiveState[] = [];
    source.subscribe(JOB, state => late.push(state));
    expect(late).toHaveLength(1);
    expect(late[0]?.snapshot?.seq).toBe(10);
    expect(server.asked).toHaveLength(1);
  });

  it('reads only what changed after an event, and once for many events', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    const ended = summary({ number: 1, value: 0.9 });
    server.put(snapshot([ended], { seq: 12, since: 10 }));
    change(11);
    change(12);
    await page.pass(100);
    expect(server.asked).toHaveLength(2);
    expect(server.last).toEqual([{ ...JOB, since: 10 }]);
    expect(heard.at(-1)?.snapshot?.training_jobs).toEqual([ended]);
  });

  it('keeps all leases alive when it reads about one thing', async () => {
    server.put(snapshot([], { kind: 'jobs', key: [], seq: 3 }));
    source.subscribe(JOB, listen);
    source.subscribe(LIST, listen);
    await page.pass(0);
    change(11);
    await page.pass(100);
    expect(server.last?.map(watch => watch.kind)).toEqual(['tuning-jobs', 'jobs']);
  });

  it('ignores events of what nobody here looks at and of what it has read', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    change(10);
    source.changed({ connection: 'local', kind: 'spaces', key: [], status: '', seq: 99 });
    await page.pass(1000);
    expect(server.asked).toHaveLength(1);
  });

  it('reads again for an event that comes while it reads', async () => {
    source.subscribe(JOB, listen);
    let release = (): void => undefined;
    server.hold = new Promise(resolve => {
      release = resolve;
    });
    await page.pass(0);
    change(11);
    release();
    server.hold = null;
    await page.pass(100);
    expect(server.asked).toHaveLength(2);
  });

  it('renews its leases while the page is in sight, and ends them when it is hidden', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    await page.pass(30_000);
    expect(server.asked).toHaveLength(2);
    page.shown = false;
    source.visibilityChanged();
    expect(server.asked).toHaveLength(3);
    expect(server.last).toEqual([]);
    change(11);
    await page.pass(600_000);
    expect(server.asked).toHaveLength(3);
    page.shown = true;
    source.visibilityChanged();
    await page.pass(0);
    // Its leases have lapsed: what it knows counts for nothing.
    expect(server.last).toEqual([{ ...JOB, since: null }]);
  });

  it('ends the leases of a look that was under way when the page was hidden', async () => {
    let answer: () => void = () => undefined;
    server.hold = new Promise(resolve => (answer = resolve));
    source.subscribe(JOB, listen);
    await page.pass(0);
    page.shown = false;
    source.visibilityChanged();
    expect(server.asked).toHaveLength(1);
    answer();
    await page.pass(0);
    expect(server.asked).toHaveLength(2);
    expect(server.last).toEqual([]);
    expect(page.waiting).toBe(0);
  });

  it('reads only what changed when it was hidden for a moment', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    page.shown = false;
    source.visibilityChanged();
    await page.pass(5_000);
    page.shown = true;
    source.visibilityChanged();
    await page.pass(0);
    expect(server.last).toEqual([{ ...JOB, since: 10 }]);
  });

  it('says when the server does not answer, asks ever more rarely, and recovers', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    server.error = Object.assign(new Error('The Jupyter server does not answer.'), { code: 'ServerUnreachable' });
    change(11);
    await page.pass(25);
    expect(heard.at(-1)).toMatchObject({ problem: { code: 'ServerUnreachable' }, snapshot: { seq: 10 } });
    await page.pass(60_000);
    expect(server.asked.length).toBeLessThan(9);
    server.error = null;
    await page.pass(30_000);
    expect(heard.at(-1)).toMatchObject({ problem: null, snapshot: { seq: 10 } });
    // The server may be another one now: nothing of before counts.
    expect(server.asked.slice(2).every(watches => watches[0]?.since === null)).toBe(true);
  });

  it('takes everything anew when the connection was switched', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    source.refresh(true);
    await page.pass(100);
    expect(server.last).toEqual([{ ...JOB, since: null }]);
  });

  it('tells who wants to know that something was done, watched or not', () => {
    const told = jest.fn();
    const leave = source.onAct(told);
    source.refresh();
    leave();
    source.refresh(true);
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('does not wake a listener when a renewal brought nothing new', async () => {
    source.subscribe(JOB, listen);
    await page.pass(0);
    const count = heard.length;
    server.put(snapshot([], { seq: 10, since: 10 }));
    await page.pass(30_000);
    expect(server.asked).toHaveLength(2);
    expect(heard).toHaveLength(count);
  });

  it('ends its leases when the last viewer leaves', async () => {
    const leave = source.subscribe(JOB, listen);
    const leaveToo = source.subscribe(LIST, listen);
    await page.pass(0);
    leave();
    expect(server.last).toHaveLength(2);
    leaveToo();
    expect(server.last).toEqual([]);
    expect(page.waiting).toBe(0);
  });
});
