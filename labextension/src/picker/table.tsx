import { useVirtualizer } from '@tanstack/react-virtual';
import { type JSX, type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ISageMaker } from '../tokens';
import { type Column, COLUMNS, moved, pressed, type Row, type Sorting } from './rows';
import { acceleratorText, gibibytes, priceText, specification, spoken } from './text';

export interface TableProps {
  readonly trans: ISageMaker['trans'];
  readonly id: string;
  readonly label: string;
  readonly rows: readonly Row[];
  readonly value: string | null;
  readonly note: string;
  readonly currency: string;
  readonly sorting: Sorting;
  readonly grid: RefObject<HTMLDivElement>;
  readonly onSorting: (sorting: Sorting) => void;
  readonly onPick: (type: string) => void;
  /** A letter was typed: it belongs to the search. */
  readonly onType: () => void;
}

/** Below this width a row has two lines and no columns. */
const COLUMNS_FIT = 520; // px
const HEIGHTS = { columns: 26, lines: 42, linesAndNote: 56 }; // px

/** The rows, of which only those in sight are in the page. */
export function Table(props: TableProps): JSX.Element {
  const { trans, id, rows, value, note, currency, sorting, grid, onSorting, onPick } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const wide = useWide(scroller);
  const [active, setActive] = useState<string | null>(value);
  const at = rows.findIndex(({ name }) => name === active);
  const height = HEIGHTS[wide ? 'columns' : note === '' ? 'lines' : 'linesAndNote'];
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are called here only, never memoised
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6
  });
  useLayoutEffect(() => virtual.measure(), [virtual, height]);
  // What is chosen is in the middle when the list appears or is another one, and never moves under the mouse.
  const centred = useRef<readonly Row[] | null>(null);
  useEffect(() => {
    const chosen = rows.findIndex(({ name }) => name === value);
    if (centred.current !== rows) {
      centred.current = rows;
      virtual.scrollToIndex(Math.max(0, chosen), { align: 'center' });
    } else if (chosen >= 0) {
      virtual.scrollToIndex(chosen);
    }
  }, [virtual, rows, value, height]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) {
      return;
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? height) / height) - 1);
    const to = moved(event.key, at, rows.length, page);
    if (to !== null) {
      setActive(rows[to]?.name ?? null);
      virtual.scrollToIndex(to);
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (active !== null && at >= 0) {
        onPick(active);
      }
    } else if (event.key.length === 1) {
      // The search has the focus before the letter arrives.
      props.onType();
      return;
    } else {
      return;
    }
    event.preventDefault();
  };

  const shown = virtual.getVirtualItems();
  const rowId = (name: string): string => `${id}-${name}`;
  const inPage = shown.some(({ index }) => index === at);
  return (
    <div className="jp-sm-instances" data-wide={wide} data-note={note !== ''}>
      {!wide && <SortBy trans={trans} priced={note === ''} sorting={sorting} onSorting={onSorting} />}
      <div
        ref={grid}
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={rows.length + (wide ? 1 : 0)}
        {...(inPage && active !== null && { 'aria-activedescendant': rowId(active) })}
        onKeyDown={onKeyDown}
        onFocus={() => {
          if (at < 0) {
            setActive(rows.some(({ name }) => name === value) ? value : (rows[0]?.name ?? null));
          }
        }}
      >
        {wide && (
          <div role="rowgroup">
            <div role="row" aria-rowindex={1} className="jp-sm-instanceHead">
              {COLUMNS.map(column => (
                <span
                  key={column}
                  role="columnheader"
                  data-column={column}
                  aria-sort={sorting.by !== column ? 'none' : sorting.descending ? 'descending' : 'ascending'}
                >
                  {column === 'price' && note !== '' ? (
                    title(trans, column, note)
                  ) : (
                    <button type="button" className="jp-sm-bare" onClick={() => onSorting(pressed(sorting, column))}>
                      {title(trans, column, note)}
                      {sorting.by === column && <span aria-hidden="true">{sorting.descending ? ' ▾' : ' ▴'}</span>}
                    </button>
                  )}
                </span>
              ))}
            </div>
          </div>
        )}
        <div ref={scroller} role="rowgroup" className="jp-sm-instanceRows">
          {/* Keeps the height of all rows, of which few are there. */}
          <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {shown.map(({ index, start }) => {
              const row = rows[index];
              return (
                row && (
                  // Keys go to the grid, which says which row is active.
                  // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
                  <div
                    key={row.name}
                    id={rowId(row.name)}
                    role="row"
                    className="jp-sm-instance"
                    aria-rowindex={index + (wide ? 2 : 1)}
                    aria-selected={row.name === value}
                    aria-label={spoken(trans, row, currency, note)}
                    data-active={row.name === active || undefined}
                    style={{ height, transform: `translateY(${start}px)` }}
                    onClick={() => {
                      setActive(row.name);
                      onPick(row.name);
                    }}
                  >
                    <Cells trans={trans} row={row} wide={wide} currency={currency} note={note} />
                  </div>
                )
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

interface CellsProps {
  readonly trans: ISageMaker['trans'];
  readonly row: Row;
  readonly wide: boolean;
  readonly currency: string;
  readonly note: string;
}

function Cells({ trans, row, wide, currency, note }: CellsProps): JSX.Element {
  const price = priceText(row.price, currency);
  const last = price !== '' ? price : note;
  if (!wide) {
    return (
      <>
        <span role="gridcell" data-column="name">
          {row.name}
        </span>
        <span role="gridcell" data-column="price">
          {price !== '' && trans.__('%1/h', price)}
        </span>
        <span role="gridcell" data-column="specification" title={specification(trans, row)}>
          {specification(trans, row)}
        </span>
        {note !== '' && (
          <span role="gridcell" data-column="note">
            {note}
          </span>
        )}
      </>
    );
  }
  return (
    <>
      <span role="gridcell" data-column="name">
        {row.name}
      </span>
      {row.known ? (
        <>
          <span role="gridcell" data-column="vcpus">
            {row.vcpus ?? '–'}
          </span>
          <span role="gridcell" data-column="memory">
            {gibibytes(row.memory_gib)}
          </span>
          <span role="gridcell" data-column="accelerator" title={acceleratorText(row)}>
            {acceleratorText(row)}
          </span>
        </>
      ) : (
        <span role="gridcell" data-column="unknown" aria-colspan={3}>
          {trans.__('specification unknown')}
        </span>
      )}
      <span role="gridcell" data-column="price" title={last}>
        {last}
      </span>
    </>
  );
}

interface SortByProps {
  readonly trans: ISageMaker['trans'];
  readonly priced: boolean;
  readonly sorting: Sorting;
  readonly onSorting: (sorting: Sorting) => void;
}

/** Where there is no room for columns. */
function SortBy({ trans, priced, sorting, onSorting }: SortByProps): JSX.Element {
  return (
    <div className="jp-sm-sortBy">
      <select
        aria-label={trans.__('Sort by')}
        value={sorting.by ?? ''}
        onChange={event => {
          const chosen = COLUMNS.find(column => column === event.target.value) ?? null;
          onSorting({ by: chosen, descending: chosen !== null && sorting.descending });
        }}
      >
        <option value="">{trans.__('Usual order')}</option>
        {COLUMNS.filter(column => priced || column !== 'price').map(column => (
          <option key={column} value={column}>
            {title(trans, column, '')}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="jp-sm-button"
        disabled={sorting.by === null}
        aria-label={sorting.descending ? trans.__('Largest first') : trans.__('Smallest first')}
        title={sorting.descending ? trans.__('Largest first') : trans.__('Smallest first')}
        onClick={() => onSorting({ ...sorting, descending: !sorting.descending })}
      >
        <span aria-hidden="true">{sorting.descending ? '▾' : '▴'}</span>
      </button>
    </div>
  );
}

function title(trans: ISageMaker['trans'], column: Column, note: string): string {
  switch (column) {
    case 'name':
      return trans.__('Instance type');
    case 'vcpus':
      return trans.__('vCPU');
    case 'memory':
      return trans.__('Memory');
    case 'accelerator':
      return trans.__('Accelerator');
    case 'price':
      return note === '' ? trans.__('Price per hour') : trans.__('Runs');
  }
}

/** Whether there is room for columns. */
function useWide(node: RefObject<HTMLElement | null>): boolean {
  const [wide, setWide] = useState(false);
  useEffect(() => {
    const element = node.current;
    if (!element) {
      return undefined;
    }
    const observer = new ResizeObserver(() => setWide(element.clientWidth >= COLUMNS_FIT));
    observer.observe(element);
    return () => observer.disconnect();
  }, [node]);
  return wide;
}
