import { parametersOf } from '../src/views/parameters';
import { trials } from '../src/views/trials';
import { summary, tuning } from './fixtures';

describe('parametersOf', () => {
  it('are those of the ranges', () => {
    expect(parametersOf(tuning([]), []).map(({ name }) => name)).toEqual(['lr']);
  });

  it('are those of the trials when the description has no ranges', () => {
    const all = trials([
      summary({ number: 1, parameters: { lr: '0.5', depth: '3', opt: 'adam' } }),
      summary({ number: 2, parameters: { lr: '0.25', depth: '8', opt: 'sgd' } })
    ]);
    expect(parametersOf(null, all)).toEqual([
      { name: 'lr', kind: 'continuous', low: 0.25, high: 0.5, scaling: 'Auto' },
      { name: 'depth', kind: 'integer', low: 3, high: 8, scaling: 'Auto' },
      { name: 'opt', kind: 'categorical', values: ['adam', 'sgd'] }
    ]);
  });
});
