import type { JobItem, TuningJob } from '../src/model';
import { candidates } from '../src/sidebar/candidates';
import { aims, elapsed, leader, parameterNames, type Series, seriesOf, steps } from '../src/views/series';
import { snapshot, summary, tuning } from './fixtures';

const OTHER = { Type: 'Minimize', MetricName: 'loss' } as const;

function config(objective: TuningJob['HyperParameterTuningJobConfig']['HyperParameterTuningJobObjective']) {
  return {
    HyperParameterTuningJobConfig: {
      ...tuning([]).HyperParameterTuningJobConfig,
      ...(objective && { HyperParameterTuningJobObjective: objective })
    }
  };
}

function series(name: string, index: number, values: readonly number[], objective?: typeof OTHER): Series {
  const jobs = values.map((value, at) => ({
    ...summary({ number: at + 1, value }),
    TrainingJobName: `${name}-00${at + 1}-589e2e9f`
  }));
  return seriesOf(name, index, snapshot(jobs, { key: [name] }, objective ? config(objective) : {}));
}

describe('the best so far', () => {
  it('goes by number, and by when each trial ended', () => {
    // The second trial took longer than the third.
    const jobs = [1, 2, 3].map(number => summary({ number, value: [0.3, 0.9, 0.5][number - 1] ?? 0 }));
    const late = jobs.map((job, at) => (at === 1 ? { ...job, TrainingEndTime: 1040 } : job));
    const found = seriesOf('digits', 0, snapshot(late));
    expect(steps(found, 'trial').map(({ at, best }) => [at, best])).toEqual([
      [1, 0.3],
      [2, 0.9],
      [3, 0.9]
    ]);
    expect(steps(found, 'elapsed').map(({ at, best }) => [at, best])).toEqual([
      [12, 0.3],
      [14, 0.5],
      [40, 0.9]
    ]);
  });

  it('leaves out what has no objective, and is empty before anything is known', () => {
    const jobs = [summary({ number: 1, status: 'Failed' }), summary({ number: 2, value: NaN })];
    expect(steps(seriesOf('digits', 0, snapshot(jobs)), 'trial')).toEqual([]);
    expect(steps(seriesOf('digits', 0, null), 'elapsed')).toEqual([]);
    expect(elapsed(seriesOf('digits', 0, null), 5000)).toBeNull();
  });

  it('lasts until now while the job runs', () => {
    expect(elapsed(series('a', 0, [1]), 1060)).toBe(60);
    const over = snapshot([], {}, { HyperParameterTuningJobStatus: 'Stopped', HyperParameterTuningEndTime: 1030 });
    expect(elapsed(seriesOf('a', 0, over), 9999)).toBe(30);
  });
});

describe('aims', () => {
  it('are one where the objective and its direction are the same', () => {
    const [a, b] = [series('a', 0, [0.5, 0.7]), series('b', 1, [0.9])];
    const found = aims([a, seriesOf('unknown', 2, null), b]);
    expect(found.map(aim => aim.series.map(({ name }) => name))).toEqual([['a', 'b']]);
    expect(found[0] && leader(found[0])?.name).toBe('b');
  });

  it('are several where they differ, each with a leader of its own', () => {
    const found = aims([series('a', 0, [0.5]), series('b', 1, [3, 2], OTHER), series('c', 2, [1.5], OTHER)]);
    expect(found.map(({ metric, minimize }) => [metric, minimize])).toEqual([
      ['validation:accuracy', false],
      ['loss', true]
    ]);
    expect(found.map(aim => leader(aim)?.name)).toEqual(['a', 'c']);
  });

  it('have no leader before there is a value', () => {
    const [aim] = aims([series('a', 0, [])]);
    expect(aim && leader(aim)).toBeNull();
  });
});

it('names every hyperparameter once', () => {
  const all = ['x', 'y'].map((name, index) =>
    seriesOf(name, index, snapshot([summary({ number: 1, value: 1, parameters: { lr: '1', [name]: '2' } })]))
  );
  expect(parameterNames(all)).toEqual(['lr', 'x', 'y']);
});

describe('jobs to compare with', () => {
  const described = (name: string, created: number, objective?: typeof OTHER): TuningJob => ({
    ...tuning([], objective ? config(objective) : {}),
    HyperParameterTuningJobName: name,
    CreationTime: created
  });
  const listed = (name: string, kind = 'tuning-jobs'): JobItem => ({
    ...{ kind, key: [name], name, status: 'Stopped', created: 9, modified: 9, summary: {} }
  });

  it('are those with the same objective first, and then the newest', () => {
    const jobs = [described('new', 30, OTHER), described('mid', 20), described('first', 10), described('old', 5)];
    const found = candidates(jobs, [listed('old'), listed('just now'), listed('fit', 'training-jobs')], 'first');
    expect(found.map(({ name, same }) => [name, same])).toEqual([
      ['mid', true],
      ['first', true],
      ['old', true],
      ['new', false],
      ['just now', false]
    ]);
    expect(found.find(({ name }) => name === 'old')?.status).toBe('Stopped');
  });

  it('are in no groups without a first one', () => {
    expect(candidates([described('a', 1), described('b', 2)], [], null).map(({ same }) => same)).toEqual([
      false,
      false
    ]);
  });
});
