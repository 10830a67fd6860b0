import { countTicks, objectiveRange, tickLabels, ticks } from '../src/views/scale';

describe('ticks', () => {
  it('are round and inside the range', () => {
    expect(ticks({ low: 0.78, high: 0.99 }, 4)).toEqual([0.8, 0.85, 0.9, 0.95]);
    expect(ticks({ low: -3, high: 12 }, 3)).toEqual([0, 5, 10]);
  });

  it('are the one value when there is no range', () => {
    expect(ticks({ low: 2, high: 2 }, 4)).toEqual([2]);
  });

  it('are whole for counts', () => {
    expect(countTicks({ low: 1, high: 3 }, 9)).toEqual([1, 2, 3]);
  });

  it('have labels with the same number of decimals', () => {
    expect(tickLabels([0.8, 0.85, 0.9])).toEqual(['0.80', '0.85', '0.90']);
    expect(tickLabels([0, 1e7])).toEqual(['0', '1e+7']);
  });
});

describe('objectiveRange', () => {
  const usual = [0.5, 0.55, 0.6, 0.62, 0.64, 0.66, 0.7, 0.72];

  it('holds all values of a usual job', () => {
    const { low, high } = objectiveRange(usual, false);
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.72);
  });

  it('does not let one diverged trial flatten the others', () => {
    expect(objectiveRange([...usual, 1e9], true).high).toBeLessThan(2);
    expect(objectiveRange([...usual, -1e9], false).low).toBeGreaterThan(-2);
  });

  it('never cuts off the best', () => {
    expect(objectiveRange([...usual, 50], false).high).toBeGreaterThan(50);
  });

  it('has a height when all values are the same, and when there is none', () => {
    for (const values of [[3], []]) {
      const { low, high } = objectiveRange(values, false);
      expect(high).toBeGreaterThan(low);
    }
  });
});
