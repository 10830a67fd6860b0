import { ParallelChart } from '../src/views/charts/parallel';
import { Picked } from '../src/views/picked';
import { english } from '../src/views/text';

describe('what is picked', () => {
  it('is what everybody who chooses chose', () => {
    const picked = new Picked();
    const [chart, table] = [{}, {}];
    picked.choose(chart, new Set(['a', 'b']));
    picked.choose(table, new Set(['b', 'c']));
    expect([...(picked.chosen ?? [])]).toEqual(['b']);
    picked.choose(table, null);
    expect([...(picked.chosen ?? [])]).toEqual(['a', 'b']);
    picked.clear();
    expect(picked.chosen).toBeNull();
  });

  it('is told of only when it is another', () => {
    const picked = new Picked();
    const told = jest.fn();
    const by = {};
    picked.subscribe(told);
    picked.choose(by, new Set(['a']));
    picked.choose(by, new Set(['a']));
    picked.clear();
    picked.clear();
    expect(told).toHaveBeenCalledTimes(2);
  });

  it('forgets what a chart chose that is gone', () => {
    const picked = new Picked();
    const chart = new ParallelChart({ trans: english, picked, onOpen: null });
    picked.choose(chart, new Set(['a']));
    chart.dispose();
    expect(picked.chosen).toBeNull();
  });
});
