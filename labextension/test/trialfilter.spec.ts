import { trialFilter, wordsOf } from '../src/views/trialfilter';
import { trials } from '../src/views/trials';
import { summary } from './fixtures';

describe('the filter of trials', () => {
  const all = trials([
    summary({ number: 1, value: 0.5, parameters: { lr: '0.001', opt: '"adam"' } }),
    summary({ number: 2, status: 'Failed', reason: 'ValueError: too deep', parameters: { lr: '0.2', opt: '"sgd"' } }),
    summary({ number: 3, status: 'InProgress', parameters: { lr: '0.03' } })
  ]);
  const filter = (text: string): ReturnType<typeof trialFilter> =>
    trialFilter(text, { metric: 'validation:accuracy', parameters: ['lr', 'opt'], now: 2000 });
  const found = (text: string): number[] =>
    all.filter(trial => filter(text)?.passes(trial) ?? true).map(trial => trial.number);

  it('looks for words in name, status, values and reason', () => {
    expect(found('ADAM')).toEqual([1]);
    expect(found('too deep')).toEqual([2]);
    expect(found('"too deep"')).toEqual([2]);
    expect(found('digits-003')).toEqual([3]);
  });

  it('compares numbers as numbers, and what has no value with nothing', () => {
    expect(found('lr<0.03')).toEqual([1]);
    expect(found('lr <= 3e-2')).toEqual([1, 3]);
    expect(found('lr=0.20')).toEqual([2]);
    expect(found('objective>0')).toEqual([1]);
    expect(found('validation:accuracy>=0.5')).toEqual([1]);
    expect(found('time>=10 lr>0.1')).toEqual([2]);
  });

  it('compares words whatever their case, spaces and quotes', () => {
    expect(found('status="in progress"')).toEqual([3]);
    expect(found('status!=failed')).toEqual([1, 3]);
    expect(found('opt=adam')).toEqual([1]);
    expect(found('opt!=adam')).toEqual([2, 3]);
    expect(found('reason~DEEP')).toEqual([2]);
  });

  it('takes all that is said together', () => {
    expect(found('lr<0.1 status=completed')).toEqual([1]);
    expect(found('lr<0.1 sgd')).toEqual([]);
  });

  it('names columns that are not there, and then lets pass what the rest does', () => {
    expect(filter('depth<3 lr<0.01')?.unknown).toEqual(['depth']);
    expect(found('depth<3 lr<0.01')).toEqual([1]);
  });

  it('is none when nothing is said', () => {
    expect(filter('  ')).toBeNull();
    expect(wordsOf('lr < 0.1  "two words" x')).toEqual(['lr<0.1', '"two words"', 'x']);
  });
});
