import { type JobItem, watchId } from '../src/model';
import { arranged, groupOf, itemOf, pinnedWatch } from '../src/sidebar/arranged';
import { JobList, pinsOf } from '../src/sidebar/joblist';
import { TreeState } from '../src/sidebar/state';
import { snapshot, summary } from './fixtures';

function job(name: string, status = 'Completed', kind = 'tuning-jobs'): JobItem {
  return { kind, key: [name], name, status, created: 1, modified: 1, summary: {} };
}

const JOBS = [job('new', 'InProgress'), job('fit', 'Failed', 'training-jobs'), job('old'), job('halted', 'Stopped')];
const shown = (choice: Partial<Parameters<typeof arranged>[1]>): string[] =>
  arranged(JOBS, { filter: '', group: '', pins: [], ...choice }).map(({ name }) => name);

describe('the jobs that are shown', () => {
  it('are all, pinned ones first and else in their order', () => {
    expect(shown({})).toEqual(['new', 'fit', 'old', 'halted']);
    expect(shown({ pins: ['tuning-jobs/halted', 'tuning-jobs/old', 'tuning-jobs/gone'] })).toEqual([
      'old',
      'halted',
      'new',
      'fit'
    ]);
  });

  it('have every word of the filter somewhere', () => {
    expect(shown({ filter: 'TRAINING fit' })).toEqual(['fit']);
    expect(shown({ filter: 'in progress' })).toEqual(['new']);
    expect(shown({ filter: 'fit old' })).toEqual([]);
  });

  it('are of the wanted group of statuses, whatever their kind calls it', () => {
    expect(shown({ group: 'failed' })).toEqual(['fit']);
    expect(shown({ group: 'stopped' })).toEqual(['halted']);
    expect(['INPROGRESS', 'STOPPING', 'COMPLETED', 'FAILED', 'STOPPED', 'DeleteFailed'].map(groupOf)).toEqual([
      'running',
      'running',
      'completed',
      'failed',
      'stopped',
      'failed'
    ]);
  });
});

describe('pins', () => {
  it('belong to a connection, and outlive a reload', () => {
    const state = new TreeState(null);
    const list = new JobList(state);
    const [first, second] = [job('a/b'), job('c')];
    list.pin(first, true);
    expect(list.isPinned(first)).toBe(false);
    list.take('aws', [first]);
    list.pin(first, true);
    list.pin(second, true);
    list.pin(second, false);
    expect(state.get().pins).toEqual({ aws: ['tuning-jobs/a%2Fb'] });
    expect(pinnedWatch(watchId(first))).toEqual({ kind: 'tuning-jobs', key: ['a/b'] });
    list.take('local', [first]);
    expect(list.isPinned(first)).toBe(false);
    expect(pinsOf(state, 'local')).toBe(pinsOf(state, null));
    expect(list.find(first)).toBe(first);
    expect(list.find(null)).toBeNull();
  });

  it('of jobs that are too old for the list are drawn from what the service says of them', () => {
    const found = itemOf(snapshot([summary({ number: 1, value: 1 })]));
    expect(found).toMatchObject({ name: 'digits', status: 'InProgress', created: 1000 });
    expect(found?.summary).toMatchObject({
      TrainingJobStatusCounters: { Completed: 1 },
      ResourceLimits: { MaxNumberOfTrainingJobs: 12 }
    });
    expect(itemOf(snapshot([], { described: null }))).toBeNull();
  });
});
