import { bestSoFar, bestTrial, failures, gistOf, sortTrials, trials, trialSeconds } from '../src/views/trials';
import { summary, tuning } from './fixtures';

const numbers = (all: readonly { number: number }[]): number[] => all.map(trial => trial.number);

describe('trials', () => {
  it('are numbered by their names and ordered by number', () => {
    expect(numbers(trials([summary({ number: 12 }), summary({ number: 2 })]))).toEqual([2, 12]);
  });

  it('are worked out once for each summary', () => {
    const one = summary({ number: 1 });
    expect(trials([one])[0]).toBe(trials([one, summary({ number: 2 })])[0]);
  });

  it('run until now as long as they have not ended', () => {
    const [running] = trials([summary({ number: 1, status: 'InProgress' })]);
    expect(running && trialSeconds(running, 1012)).toBe(10);
  });
});

describe('bestSoFar', () => {
  const all = trials([
    summary({ number: 1, status: 'Failed' }),
    summary({ number: 2, value: 0.5 }),
    summary({ number: 3, value: Number.NaN }),
    summary({ number: 4, value: 0.4 }),
    summary({ number: 5, value: 0.9 })
  ]);

  it('rises when more is better and skips what is no number', () => {
    expect(bestSoFar(all, false)).toEqual([null, 0.5, 0.5, 0.5, 0.9]);
  });

  it('falls when less is better', () => {
    expect(bestSoFar(all, true)).toEqual([null, 0.5, 0.5, 0.4, 0.4]);
  });
});

describe('bestTrial', () => {
  const low = summary({ number: 1, value: 0.1 });
  const high = summary({ number: 2, value: 0.9 });
  const stopped = summary({ number: 3, value: 0.95, status: 'Stopped' });
  const all = trials([low, high, stopped]);

  it("is the service's choice", () => {
    expect(bestTrial(tuning([], { BestTrainingJob: low }), all)?.number).toBe(1);
  });

  it('is the best completed one as long as the service has not chosen', () => {
    expect(bestTrial(tuning([]), all)?.number).toBe(2);
  });

  it('is the lowest when less is better', () => {
    const job = tuning([]);
    const minimize = { Type: 'Minimize' as const, MetricName: 'loss' };
    const config = { ...job.HyperParameterTuningJobConfig, HyperParameterTuningJobObjective: minimize };
    expect(bestTrial({ ...job, HyperParameterTuningJobConfig: config }, all)?.number).toBe(1);
  });

  it('is none when no trial has an objective', () => {
    expect(bestTrial(tuning([]), trials([summary({ number: 1, status: 'Failed' })]))).toBeNull();
  });
});

describe('sortTrials', () => {
  const all = trials([
    summary({ number: 1, value: 0.5, parameters: { opt: 'sgd', lr: '1e-3' } }),
    summary({ number: 2, status: 'Failed', parameters: { opt: 'adam', lr: '0.2' } }),
    summary({ number: 3, value: 0.9, parameters: { opt: 'adam', lr: '0.03' } })
  ]);
  const sorted = (column: string, descending: boolean): number[] => numbers(sortTrials(all, { column, descending }, 0));

  it('puts trials without an objective last in either direction', () => {
    expect(sorted('objective', false)).toEqual([1, 3, 2]);
    expect(sorted('objective', true)).toEqual([3, 1, 2]);
  });

  it('compares numbers as numbers and words as words', () => {
    expect(sorted('parameter:lr', false)).toEqual([1, 3, 2]);
    expect(sorted('parameter:opt', false)).toEqual([2, 3, 1]);
  });

  it('leaves the given order alone', () => {
    sorted('objective', true);
    expect(numbers(all)).toEqual([1, 2, 3]);
  });
});

describe('failures', () => {
  const reason = (lr: number): string =>
    `AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: bad"\nCommand "python x --lr ${lr}"`;

  it('come together by what the script said, most frequent first', () => {
    const all = trials([
      summary({ number: 1, status: 'Failed', reason: 'CapacityError: none left' }),
      summary({ number: 2, status: 'Failed', reason: reason(1) }),
      summary({ number: 3, value: 1 }),
      summary({ number: 4, status: 'Failed', reason: reason(2) })
    ]);
    expect(failures(all)).toEqual([
      { gist: 'ValueError: bad', reason: reason(1), numbers: [2, 4] },
      { gist: 'CapacityError: none left', reason: 'CapacityError: none left', numbers: [1] }
    ]);
  });

  it('are shown whole when they name no line of the script', () => {
    expect(gistOf('AlgorithmError: , exit code: 1')).toBe('AlgorithmError: , exit code: 1');
  });
});
