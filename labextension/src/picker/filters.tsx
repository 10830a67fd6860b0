import { type Dispatch, type JSX, useId, useMemo } from 'react';
import type { ISageMaker } from '../tokens';
import { countOf, familiesOf, type Filters, kindsOf, NO_FILTERS, type Row } from './rows';

export interface FiltersBarProps {
  readonly trans: ISageMaker['trans'];
  readonly rows: readonly Row[];
  readonly filters: Filters;
  readonly currency: string;
  readonly onFilters: Dispatch<Filters>;
}

/** What narrows the list: kinds in sight, the rest behind a disclosure. */
export function FiltersBar({ trans, rows, filters, currency, onFilters }: FiltersBarProps): JSX.Element {
  const kinds = useMemo(() => kindsOf(rows), [rows]);
  const families = useMemo(() => familiesOf(rows), [rows]);
  const priced = useMemo(() => rows.some(({ price }) => price !== null), [rows]);
  const set = countOf(filters);
  const amounts = [
    ['minVcpus', trans.__('vCPU, at least')],
    ['minMemory', trans.__('Memory, at least (GiB)')],
    ['minAcceleratorMemory', trans.__('Accelerator memory, at least (GiB)')],
    ...(priced ? [['maxPrice', trans.__('Price per hour, at most (%1)', currency)] as const] : [])
  ] as const;
  return (
    <>
      <div className="jp-sm-kinds" role="group" aria-label={trans.__('Accelerator')}>
        {kinds.map(kind => {
          const on = filters.kinds.includes(kind);
          return (
            <button
              key={kind}
              type="button"
              className="jp-sm-button"
              aria-pressed={on}
              onClick={() =>
                onFilters({
                  ...filters,
                  kinds: on ? filters.kinds.filter(other => other !== kind) : [...filters.kinds, kind]
                })
              }
            >
              {kind}
            </button>
          );
        })}
      </div>
      <details className="jp-sm-moreFilters">
        <summary>{set === 0 ? trans.__('More filters') : trans.__('More filters (%1 set)', set)}</summary>
        <div className="jp-sm-amounts">
          <Labelled label={trans.__('Family')}>
            {id => (
              <select
                id={id}
                value={filters.family}
                onChange={event => onFilters({ ...filters, family: event.target.value })}
              >
                <option value="">{trans.__('Any')}</option>
                {families.map(family => (
                  <option key={family} value={family}>
                    {family}
                  </option>
                ))}
              </select>
            )}
          </Labelled>
          {amounts.map(([member, label]) => (
            <Labelled key={member} label={label}>
              {id => (
                <input
                  id={id}
                  type="number"
                  min={0}
                  step="any"
                  value={filters[member] ?? ''}
                  onChange={event => {
                    const amount = event.target.valueAsNumber;
                    onFilters({ ...filters, [member]: Number.isNaN(amount) ? null : amount });
                  }}
                />
              )}
            </Labelled>
          ))}
          <button
            type="button"
            className="jp-sm-button"
            disabled={set === 0 && filters.kinds.length === 0}
            onClick={() => onFilters({ ...NO_FILTERS, search: filters.search })}
          >
            {trans.__('Clear filters')}
          </button>
        </div>
      </details>
    </>
  );
}

function Labelled({ label, children }: { label: string; children: (id: string) => JSX.Element }): JSX.Element {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}
