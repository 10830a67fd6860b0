/** Choosing an instance type: the same in every form. */

import { type JSX, type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { Failure } from '../sidebar/message';
import type { ISageMaker } from '../tokens';
import { FiltersBar } from './filters';
import { useInstances } from './hooks';
import { type Filters, filterRows, NO_FILTERS, sortRows, type Sorting } from './rows';
import { Table } from './table';
import { priceText, specification } from './text';
import '../../style/picker/picker.css';

export interface InstancePickerProps {
  readonly sagemaker: ISageMaker;
  /** A shape of botocore's model: AppInstanceType, TrainingInstanceType, ... */
  readonly use: string;
  /** For AppInstanceType: only those that this type of app can run on, and their prices for it. */
  readonly appType?: string | null | undefined;
  readonly value: string | null;
  readonly onChange: (type: string) => void;
  /** The connection in use: another one may have other types and prices. */
  readonly connection?: string | undefined;
}

export function InstancePicker(props: InstancePickerProps): JSX.Element {
  const { sagemaker, use, appType, value, onChange, connection } = props;
  const { trans } = sagemaker;
  const { rows, note, currency, priceMessage, problem, reload } = useInstances(
    sagemaker,
    use,
    appType ?? null,
    connection
  );
  const [filters, setFilters] = useState<Filters>(NO_FILTERS);
  const [sorting, setSorting] = useState<Sorting>({ by: null, descending: false });
  const id = useId();
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => sortRows(filterRows(rows ?? [], filters), sorting), [rows, filters, sorting]);

  if (problem) {
    return (
      <div className="jp-sm-picker">
        <Failure trans={trans} error={problem} />
        <button type="button" className="jp-sm-button" onClick={reload}>
          {trans.__('Try again')}
        </button>
      </div>
    );
  }
  if (!rows) {
    return (
      <div className="jp-sm-picker" role="status">
        {trans.__('Reading the instance types…')}
      </div>
    );
  }
  const chosen = rows.find(({ name }) => name === value);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      grid.current?.focus();
    } else if (event.key === 'Enter') {
      // Never the form around it: who searches has not chosen yet.
      event.preventDefault();
      const [only, another] = shown;
      if (only && !another) {
        onChange(only.name);
      } else {
        grid.current?.focus();
      }
    } else if (event.key === 'Escape' && filters.search !== '') {
      event.stopPropagation();
      setFilters({ ...filters, search: '' });
    }
  };
  return (
    <div className="jp-sm-picker" role="group" aria-label={trans.__('Instance type')}>
      <p className="jp-sm-chosen">
        {value === null || value === '' ? (
          trans.__('No instance type chosen.')
        ) : (
          <>
            <b>{value}</b>{' '}
            {chosen
              ? [
                  specification(trans, chosen),
                  chosen.price !== null && trans.__('%1/h', priceText(chosen.price, currency))
                ]
                  .filter(Boolean)
                  .join(' · ')
              : trans.__('is not offered here.')}
          </>
        )}
        {note !== '' && value !== null && value !== '' && <span className="jp-sm-of"> · {note}</span>}
      </p>
      <input
        ref={search}
        type="search"
        className="jp-sm-search"
        aria-label={trans.__('Search instance types')}
        placeholder={trans.__('Search, such as trn1 or 4xlarge')}
        aria-controls={id}
        value={filters.search}
        spellCheck={false}
        autoComplete="off"
        onKeyDown={onKeyDown}
        onChange={event => setFilters({ ...filters, search: event.target.value })}
      />
      <FiltersBar trans={trans} rows={rows} filters={filters} currency={currency} onFilters={setFilters} />
      <div id={id}>
        <Table
          trans={trans}
          id={id}
          label={trans.__('Instance types')}
          rows={shown}
          value={value}
          note={note}
          currency={currency}
          sorting={sorting}
          grid={grid}
          onSorting={setSorting}
          onPick={onChange}
          onType={() => search.current?.focus()}
        />
      </div>
      <p className="jp-sm-of jp-sm-count" role="status">
        {shown.length === rows.length
          ? trans._n('%1 type', '%1 types', rows.length)
          : trans.__('%1 of %2 types', shown.length, rows.length)}
        {priceMessage !== null && <span> · {priceMessage}</span>}
      </p>
    </div>
  );
}
