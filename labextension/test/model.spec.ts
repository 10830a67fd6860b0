import { isNotFound, isStoppable } from '../src/job';
import { merge, mergeItems, mergeTrainingJobs } from '../src/merge';
import { watchId } from '../src/model';
import { snapshot, summary } from './fixtures';

describe('mergeTrainingJobs', () => {
  const known = [summary({ number: 1, status: 'InProgress' }), summary({ number: 2, status: 'InProgress' })];

  it('replaces by name, appends what is new and keeps the order', () => {
    const ended = summary({ number: 1, value: 0.9 });
    const third = summary({ number: 3, status: 'InProgress' });
    expect(mergeTrainingJobs(known, [third, ended])).toEqual([ended, known[1], third]);
  });

  it('gives the same array back when nothing changed', () => {
    expect(mergeTrainingJobs(known, [])).toBe(known);
  });
});

describe('mergeItems', () => {
  const row = (name: string, state = 'stopped') => ({ kind: 'spaces', key: ['d-1', name], state });
  const known = [row('a'), row('b'), row('c')];

  it('replaces, appends and drops by kind and key', () => {
    const merged = mergeItems(known, [row('d'), row('c', 'running')], [['spaces', 'd-1', 'a']]);
    expect(merged).toEqual([known[1], row('c', 'running'), row('d')]);
  });

  it('gives the same array back when nothing changed', () => {
    expect(mergeItems(known, [], [])).toBe(known);
  });
});

describe('merge', () => {
  const before = snapshot([summary({ number: 1, value: 0.5 }), summary({ number: 2, status: 'InProgress' })], {
    seq: 4
  });

  it('lays the changes of a partial snapshot over what is known', () => {
    const ended = summary({ number: 2, value: 0.7 });
    const merged = merge(before, snapshot([ended], { seq: 5, since: 4 }));
    expect(merged.training_jobs).toEqual([before.training_jobs?.[0], ended]);
    expect(merged).toMatchObject({ seq: 5, since: null });
  });

  it('takes a whole snapshot as it is', () => {
    const whole = snapshot([], { seq: 9 });
    expect(merge(before, whole)).toBe(whole);
  });

  it('never mixes two connections', () => {
    const other = snapshot([], { seq: 5, since: 4, connection: 'aws:dev:us-east-1' });
    expect(merge(before, other)).toBe(other);
  });

  it('keeps what was seen when the newest look saw nothing', () => {
    const error = { message: 'nobody answers', code: 'Unreachable', hint: null };
    const blind = { connection: 'local', kind: 'tuning-jobs', key: ['digits'], terminal: false, described: null };
    const merged = merge(before, { ...blind, status: null, updated: 0, seq: 6, error });
    expect(merged.described).toBe(before.described);
    expect(merged.training_jobs).toBe(before.training_jobs);
    expect(merged).toMatchObject({ status: 'InProgress', updated: before.updated, error });
  });

  it('lays the changes of a list over it, but takes a list that is whole as it is', () => {
    const watch = { connection: 'local', kind: 'studio', key: [], status: null, terminal: false, updated: 1 };
    const item = (name: string) => ({ kind: 'spaces', key: ['d-1', name] });
    const [a, b, c] = [item('a'), item('b'), item('c')];
    const known = { ...watch, seq: 3, since: null, items: [a, b] };
    const delta = { ...watch, seq: 4, since: 3, items: [c], gone: [['spaces', 'd-1', 'a']] };
    expect(merge(known, delta).items).toEqual([b, c]);
    expect(merge(known, { ...watch, seq: 4, since: 3, items: [c] }).items).toEqual([c]);
  });

  it('keeps a list when the server leaves it out because nothing changed', () => {
    const same = {
      connection: 'local',
      kind: 'jobs',
      key: [],
      seq: 3,
      since: 3,
      status: null,
      terminal: false,
      updated: 1
    };
    const known = { ...same, since: null, items: [{ name: 'a' }], branches: { spaces: null } };
    expect(merge(known, same).items).toBe(known.items);
    expect(merge(known, same).branches).toBe(known.branches);
  });
});

it('names a watch by all of its key', () => {
  expect(watchId({ kind: 'spaces', key: ['d-1', 'a/b'] })).toBe('spaces/d-1/a%2Fb');
});

it.each([
  ['InProgress', true],
  ['Stopping', false],
  ['Completed', false],
  ['INPROGRESS', true],
  [null, false]
])('%s can be stopped: %s', (status, stoppable) => {
  expect(isStoppable(status)).toBe(stoppable);
});

it.each([
  ['ResourceNotFound', 'x', true],
  ['ValidationException', 'Requested resource not found.', true],
  ['SSOTokenLoadError', 'Error loading SSO Token: Token for team does not exist', false],
  ['ValidationException', 'Member must have length', false],
  ['Unreachable', 'Connection refused', false]
])('%s "%s" means that it is not there: %s', (code, message, expected) => {
  expect(isNotFound({ code, message, hint: null })).toBe(expected);
});
