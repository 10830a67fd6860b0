import type { InstanceType } from '../src/model';
import {
  countOf,
  familiesOf,
  filterRows,
  kindsOf,
  moved,
  NO_FILTERS,
  pressed,
  rowsOf,
  sortRows
} from '../src/picker/rows';

function type(name: string, more: Partial<InstanceType> = {}): InstanceType {
  const family = name.split('.').slice(0, 2).join('.');
  return { name, vcpus: 4, memory_gib: 16, accelerator: null, family, known: true, ...more };
}

const trainium = { kind: 'Trainium', name: 'Trainium', count: 1, memory_gib: 32 } as const;
const gpu = { kind: 'GPU', name: 'A10G', count: 4, memory_gib: 96 } as const;
const rows = rowsOf(
  [
    type('ml.t3.medium', { vcpus: 2, memory_gib: 4 }),
    type('ml.m5.12xlarge', { vcpus: 48, memory_gib: 192 }),
    type('ml.m5.2xlarge', { vcpus: 8, memory_gib: 32 }),
    type('ml.trn1.2xlarge', { vcpus: 8, memory_gib: 32, accelerator: trainium }),
    type('ml.g5.12xlarge', { vcpus: 48, memory_gib: 192, accelerator: gpu }),
    type('ml.new9.xlarge', { vcpus: null, memory_gib: null, known: false })
  ],
  { 'ml.t3.medium': 0.05, 'ml.trn1.2xlarge': 1.54, 'ml.g5.12xlarge': 7.09 }
);
const names = (found: readonly { name: string }[]): string[] => found.map(({ name }) => name);
const passing = (filters: Partial<typeof NO_FILTERS>): string[] =>
  names(filterRows(rows, { ...NO_FILTERS, ...filters }));

describe('filtering', () => {
  it('lets everything through when nothing is asked for, the unknown too', () => {
    expect(passing({})).toEqual(names(rows));
  });

  it('knows Trainium, GPU and CPU, several at once', () => {
    expect(passing({ kinds: ['Trainium'] })).toEqual(['ml.trn1.2xlarge']);
    expect(passing({ kinds: ['Trainium', 'GPU'] })).toEqual(['ml.trn1.2xlarge', 'ml.g5.12xlarge']);
    expect(passing({ kinds: ['CPU'] })).toEqual(['ml.t3.medium', 'ml.m5.12xlarge', 'ml.m5.2xlarge']);
    expect(kindsOf(rows)).toEqual(['Trainium', 'GPU', 'CPU']);
  });

  it('offers nothing unknown to who asks for a figure', () => {
    expect(passing({ minMemory: 32 })).not.toContain('ml.new9.xlarge');
    expect(passing({ minVcpus: 1 })).not.toContain('ml.new9.xlarge');
    expect(passing({ minAcceleratorMemory: 33 })).toEqual(['ml.g5.12xlarge']);
    expect(passing({ maxPrice: 2 })).toEqual(['ml.t3.medium', 'ml.trn1.2xlarge']);
  });

  it('searches every word in name, kind and accelerator', () => {
    expect(passing({ search: ' TRN1  2xl ' })).toEqual(['ml.trn1.2xlarge']);
    expect(passing({ search: 'a10g' })).toEqual(['ml.g5.12xlarge']);
    expect(passing({ search: 'gpu 2xlarge' })).toEqual(['ml.g5.12xlarge']);
    expect(passing({ search: '(' })).toEqual([]);
  });

  it('keeps a family, and counts what is set', () => {
    expect(familiesOf(rows)).toContain('ml.trn1');
    expect(passing({ family: 'ml.m5' })).toEqual(['ml.m5.12xlarge', 'ml.m5.2xlarge']);
    expect(countOf({ ...NO_FILTERS, search: 'x', kinds: ['GPU'], family: 'ml.m5', maxPrice: 0 })).toBe(2);
  });
});

describe('sorting', () => {
  it('has 2xlarge before 12xlarge', () => {
    const sorted = names(sortRows(rows, { by: 'name', descending: false }));
    expect(sorted.indexOf('ml.m5.2xlarge')).toBeLessThan(sorted.indexOf('ml.m5.12xlarge'));
  });

  it('puts what is not known last both ways', () => {
    for (const descending of [false, true]) {
      expect(names(sortRows(rows, { by: 'memory', descending })).at(-1)).toBe('ml.new9.xlarge');
    }
    expect(names(sortRows(rows, { by: 'price', descending: true })).slice(0, 2)).toEqual([
      'ml.g5.12xlarge',
      'ml.trn1.2xlarge'
    ]);
  });

  it('goes up, down and back to the own order', () => {
    const up = pressed({ by: 'price', descending: true }, 'name');
    const down = pressed(up, 'name');
    expect([up, down, pressed(down, 'name')]).toEqual([
      { by: 'name', descending: false },
      { by: 'name', descending: true },
      { by: null, descending: false }
    ]);
    expect(names(sortRows(rows, { by: null, descending: false }))).toEqual(names(rows));
  });
});

it('moves by keys, and never out of the list', () => {
  expect(moved('ArrowDown', -1, 6, 4)).toBe(0);
  expect(moved('ArrowUp', -1, 6, 4)).toBe(5);
  expect(moved('PageDown', 4, 6, 4)).toBe(5);
  expect(moved('PageUp', 1, 6, 4)).toBe(0);
  expect(moved('End', 0, 6, 4)).toBe(5);
  expect(moved('ArrowDown', 0, 0, 4)).toBeNull();
  expect(moved('a', 0, 6, 4)).toBeNull();
});
