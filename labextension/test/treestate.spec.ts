import { NOTHING_SAVED, parse, type Saved, TreeState } from '../src/sidebar/state';
import { settle } from './fixtures';

class FakeStore {
  saved: unknown;
  failing = false;

  constructor(saved?: unknown) {
    this.saved = saved;
  }

  fetch(): Promise<unknown> {
    return this.failing ? Promise.reject(new Error('disk')) : Promise.resolve(this.saved);
  }

  save(value: Saved): Promise<unknown> {
    if (this.failing) {
      return Promise.reject(new Error('disk'));
    }
    this.saved = JSON.parse(JSON.stringify(value));
    return Promise.resolve();
  }
}

describe('TreeState', () => {
  it('is after a reload as it was before', async () => {
    const store = new FakeStore();
    const before = new TreeState(store);
    await before.restored;
    before.set({ filter: 'trn1', active: 'spaces/d-1/a' });
    before.toggle({ 'domains/d-1': false });
    before.fold('jobs', true);
    const after = new TreeState(store);
    await after.restored;
    expect(after.get()).toEqual(before.get());
    expect(after.get()).toMatchObject({ filter: 'trn1', toggled: { 'domains/d-1': false }, folded: ['jobs'] });
  });

  it('goes on with what earlier versions have saved', async () => {
    // Until jobs could be filtered and pinned (fa67510), and since (7ff7fa9).
    const first = { filter: 'trn1', toggled: { 'domains/d-1': false }, active: 'spaces/d-1/a', folded: ['studio'] };
    const since = { ...first, jobFilter: 'digits', jobStatus: 'running', pins: { local: ['training-jobs/fit'] } };
    for (const saved of [first, since]) {
      const state = new TreeState(new FakeStore(saved));
      await state.restored;
      expect(state.get()).toEqual({ ...NOTHING_SAVED, ...saved });
    }
  });

  it('does not put what was saved over what was done in the meantime', async () => {
    const state = new TreeState(new FakeStore({ filter: 'old' }));
    state.set({ filter: 'new' });
    await state.restored;
    expect(state.get().filter).toBe('new');
  });

  it('works without a place to save', async () => {
    const store = new FakeStore();
    store.failing = true;
    const state = new TreeState(store);
    await state.restored;
    state.set({ filter: 'x' });
    await settle();
    expect(state.get().filter).toBe('x');
  });

  it('tells its listeners, and remembers only the latest of very many', () => {
    const state = new TreeState(null);
    let heard = 0;
    const leave = state.subscribe(() => (heard += 1));
    state.toggle(Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`spaces/${index}`, false])));
    state.toggle({ 'spaces/700': true });
    leave();
    state.set({ filter: 'x' });
    expect(heard).toBe(2);
    const ids = Object.keys(state.get().toggled);
    expect(ids).toHaveLength(1000);
    expect(ids.at(-1)).toBe('spaces/700');
  });
});

it.each([
  [undefined],
  [null],
  ['text'],
  [{ filter: 3, toggled: 'x', active: {}, folded: {} }],
  [{ toggled: { a: 'yes' }, folded: [1], pins: ['x'], jobFilter: 1, jobStatus: [] }]
])('makes the best of %j', saved => {
  expect(parse(saved)).toEqual(NOTHING_SAVED);
});
