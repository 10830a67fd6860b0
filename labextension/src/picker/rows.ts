/** Instance types as a table: what is filtered, sorted and found. Nothing here draws or asks. */

import type { InstanceType } from '../model';

export type { InstanceType };

export interface Row extends InstanceType {
  /** An hour's price in the list's currency; null: not known. */
  readonly price: number | null;
}

/** What people look for, in this order; kinds that the catalogue has besides come after. */
const KINDS: readonly string[] = ['Trainium', 'Inferentia', 'GPU', 'CPU'];

export const COLUMNS = ['name', 'vcpus', 'memory', 'accelerator', 'price'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sorting {
  /** Null: the catalogue's own order. */
  readonly by: Column | null;
  readonly descending: boolean;
}

export interface Filters {
  readonly search: string;
  /** Empty: any. */
  readonly kinds: readonly string[];
  readonly family: string;
  readonly minVcpus: number | null;
  readonly minMemory: number | null;
  readonly minAcceleratorMemory: number | null;
  readonly maxPrice: number | null;
}

export const NO_FILTERS: Filters = {
  search: '',
  kinds: [],
  family: '',
  minVcpus: null,
  minMemory: null,
  minAcceleratorMemory: null,
  maxPrice: null
};

export function rowsOf(types: readonly InstanceType[], prices: Readonly<Record<string, number>>): Row[] {
  return types.map(type => ({ ...type, price: prices[type.name] ?? null }));
}

/** What it computes with; null where nobody knows. */
function kindOf(type: InstanceType): string | null {
  return type.known ? (type.accelerator?.kind ?? 'CPU') : null;
}

/** Kinds that are there at all. */
export function kindsOf(rows: readonly Row[]): string[] {
  const found = new Set(rows.flatMap(row => kindOf(row) ?? []));
  return [...KINDS.filter(kind => found.has(kind)), ...[...found].filter(kind => !KINDS.includes(kind))];
}

/** Families that are there, in the order of the rows. */
export function familiesOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(row => row.family))];
}

/** How many of the filters behind the disclosure are set. */
export function countOf(filters: Filters): number {
  const { family, minVcpus, minMemory, minAcceleratorMemory, maxPrice } = filters;
  return [family || null, minVcpus, minMemory, minAcceleratorMemory, maxPrice].filter(value => value !== null).length;
}

/**
 * Rows that pass every filter. What is not known passes no filter that asks for it: a type without a specification is
 * not offered to somebody who needs 64 GiB.
 */
export function filterRows(rows: readonly Row[], filters: Filters): Row[] {
  const words = filters.search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(row => {
    const text = textOf(row);
    const kind = kindOf(row);
    return (
      words.every(word => text.includes(word)) &&
      (filters.kinds.length === 0 || (kind !== null && filters.kinds.includes(kind))) &&
      (filters.family === '' || row.family === filters.family) &&
      atLeast(row.vcpus, filters.minVcpus) &&
      atLeast(row.memory_gib, filters.minMemory) &&
      atLeast(row.accelerator?.memory_gib ?? null, filters.minAcceleratorMemory) &&
      (filters.maxPrice === null || (row.price !== null && row.price <= filters.maxPrice))
    );
  });
}

function atLeast(value: number | null, least: number | null): boolean {
  return least === null || (value !== null && value >= least);
}

function textOf(row: Row): string {
  const { accelerator } = row;
  return [row.name, kindOf(row) ?? '', accelerator?.name ?? ''].join(' ').toLowerCase();
}

/** Sorted copy; what is not known comes last either way, equals keep the catalogue's order. */
export function sortRows(rows: readonly Row[], { by, descending }: Sorting): Row[] {
  if (by === null) {
    return [...rows];
  }
  const direction = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [one, other] = [valueOf(a, by), valueOf(b, by)];
    if (one === null || other === null) {
      return Number(one === null) - Number(other === null);
    }
    return direction * (typeof one === 'string' ? natural.compare(one, String(other)) : one - Number(other));
  });
}

/** 2xlarge before 12xlarge. */
const natural = new Intl.Collator('en', { numeric: true });

function valueOf(row: Row, column: Column): number | string | null {
  switch (column) {
    case 'name':
      return row.name;
    case 'vcpus':
      return row.vcpus;
    case 'memory':
      return row.memory_gib;
    case 'accelerator':
      return row.accelerator?.memory_gib ?? null;
    case 'price':
      return row.price;
  }
}

/** What a press on a column's head makes of the sorting: up, down, the catalogue's own order. */
export function pressed(sorting: Sorting, column: Column): Sorting {
  if (sorting.by !== column) {
    return { by: column, descending: false };
  }
  return sorting.descending ? { by: null, descending: false } : { by: column, descending: true };
}

/** Which row a key leads to; null: the key is not one that moves. */
export function moved(key: string, active: number, count: number, page: number): number | null {
  const last = count - 1;
  if (last < 0) {
    return null;
  }
  const to = {
    ArrowDown: active + 1,
    ArrowUp: active < 0 ? last : active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: last
  }[key];
  return to === undefined ? null : Math.min(last, Math.max(0, to));
}
