/** The jobs of the panel: pinned ones first, a filter, and for each a menu of what can be done with it. */

import {
  type JSX,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore
} from 'react';
import { searchIcon } from '@jupyterlab/ui-components';
import { isNotFound } from '../job';
import { type JobItem, type Snapshot, watchId } from '../model';
import { CommandIDs, type ISageMaker } from '../tokens';
import type { Translate } from '../views/text';
import { LastUpdated } from './age';
import { arranged, type Group, GROUPS, itemOf, pinnedWatch } from './arranged';
import { useDenied } from './hooks';
import { type JobList, pinsOf } from './joblist';
import { JobRow, type JobRowEvents } from './jobrow';
import { Failure, Message, Statement } from './message';
import type { SidebarEvents } from './panel';

export interface JobsSectionProps {
  readonly sagemaker: ISageMaker;
  readonly list: JobList;
  /** Null: not known yet. */
  readonly items: readonly JobItem[] | null;
  readonly snapshot: Snapshot | null;
  /** Whether what is wrong is told elsewhere already. */
  readonly told: boolean;
  /** Whether the Jupyter server does not answer. */
  readonly lost: boolean;
  readonly active: boolean;
  readonly events: Pick<SidebarEvents, 'onCommand' | 'onJob' | 'onJobMenu'>;
}

/** Where keys lead in a list of rows. */
const MOVES: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index, count) => Math.min(count - 1, index + 1),
  ArrowUp: index => Math.max(0, index - 1),
  Home: () => 0,
  End: (_, count) => count - 1
};

/** Focus the row that a key leads to, from one of so many; false if it leads nowhere. */
export function followKey(
  event: KeyboardEvent<HTMLElement>,
  rows: Element | null,
  index: number,
  count: number
): boolean {
  const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : MOVES[event.key];
  if (!move) {
    return false;
  }
  event.preventDefault();
  rows?.children[move(index, count)]?.querySelector('button')?.focus();
  return true;
}

export function JobsSection(props: JobsSectionProps): JSX.Element {
  const { sagemaker, list, items, snapshot, told, lost, active, events } = props;
  const { trans } = sagemaker;
  const { state } = list;
  const denied = useDenied(sagemaker);
  const { jobFilter: filter, jobStatus: group } = useSyncExternalStore(
    useCallback(listener => state.subscribe(listener), [state]),
    () => state.get()
  );
  const connection = snapshot?.connection ?? null;
  const pins = useSyncExternalStore(
    useCallback(listener => state.subscribe(listener), [state]),
    () => pinsOf(state, connection)
  );
  const old = useOldPins(sagemaker, list, connection, active ? pins : NONE, items);
  const all = useMemo(() => [...(items ?? []), ...old], [items, old]);
  useEffect(() => list.take(connection, all), [list, connection, all]);
  const shown = useMemo(() => arranged(all, { filter, group, pins }), [all, filter, group, pins]);

  const rows = useRef<HTMLUListElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const first = shown[0];
  const stop = shown.some(job => watchId(job) === focused) ? focused : first ? watchId(first) : null;
  const rowEvents: JobRowEvents = {
    onOpen: job => void sagemaker.open(job),
    onStop: job => events.onJob(CommandIDs.stopJob, job),
    onPin: (job, pinned) => list.pin(job, pinned),
    onMenu: events.onJobMenu,
    onFocus: job => setFocused(watchId(job)),
    onKey: (job, event: KeyboardEvent<HTMLElement>) => {
      if (!followKey(event, rows.current, shown.indexOf(job), shown.length) && event.key === 'Delete') {
        event.preventDefault();
        events.onJob(CommandIDs.deleteJob, job);
      }
    }
  };

  const error = snapshot?.error;
  const missing = Object.entries(snapshot?.missing ?? {});
  const filtering = filter.trim() !== '' || group !== '';
  return (
    <section className="jp-sm-jobs" aria-label={trans.__('Jobs')}>
      <header>
        <h3>{trans.__('Jobs')}</h3>
        <span className="jp-sm-of" role="status">
          {filtering && items !== null && trans.__('%1 of %2', shown.length, all.length)}
        </span>
        <button
          type="button"
          className="jp-sm-button jp-sm-searchJobs"
          title={trans.__('Search all jobs by metrics, hyperparameters, tags and more')}
          onClick={() => events.onCommand(CommandIDs.search)}
        >
          <searchIcon.react tag="span" width="16px" height="16px" /> {trans.__('Search')}
        </button>
      </header>
      {error && !told && <Failure trans={trans} error={error} />}
      {items !== null && snapshot && snapshot.updated > 0 && (lost || error) && (
        <p>
          <LastUpdated trans={trans} since={snapshot.updated} />
        </p>
      )}
      {missing.map(([kind, reason]) => (
        <Message key={kind} tone="idle" text={trans.__('%1 cannot be listed.', kind)} hint={reason}>
          <Statement trans={trans} text={snapshot?.statements?.[kind]} />
        </Message>
      ))}
      {items === null && !error && <p className="jp-sm-of">{trans.__('Loading…')}</p>}
      {items !== null && all.length === 0 && !error && (
        <p className="jp-sm-of">{missing.length > 0 ? trans.__('No other jobs.') : trans.__('No jobs.')}</p>
      )}
      {all.length > 0 && (
        <div className="jp-sm-jobFilter">
          <input
            type="search"
            value={filter}
            placeholder={trans.__('Filter')}
            aria-label={trans.__('Filter jobs by name, kind or status')}
            spellCheck={false}
            onChange={event => state.set({ jobFilter: event.target.value })}
            onKeyDown={event => {
              if (event.key === 'ArrowDown' || event.key === 'Enter') {
                event.preventDefault();
                rows.current?.querySelector('button')?.focus();
              } else if (event.key === 'Escape' && filter !== '') {
                event.stopPropagation();
                state.set({ jobFilter: '' });
              }
            }}
          />
          <select
            value={group}
            aria-label={trans.__('Status of the jobs that are shown')}
            onChange={event => state.set({ jobStatus: event.target.value })}
          >
            <option value="">{trans.__('All')}</option>
            {GROUPS.map(each => (
              <option key={each} value={each}>
                {groupName(trans, each)}
              </option>
            ))}
          </select>
        </div>
      )}
      {all.length > 0 && shown.length === 0 && <p className="jp-sm-of">{trans.__('Nothing matches the filter.')}</p>}
      <ul className="jp-sm-rows" ref={rows}>
        {shown.map(job => (
          <JobRow
            key={watchId(job)}
            trans={trans}
            job={job}
            pinned={pins.includes(watchId(job))}
            active={watchId(job) === stop}
            denied={denied}
            events={rowEvents}
          />
        ))}
      </ul>
    </section>
  );
}

const NONE: readonly string[] = [];

/** Pinned jobs that are older than what is listed, each looked at by itself; one that is gone is pinned no more. */
function useOldPins(
  { source }: ISageMaker,
  list: JobList,
  connection: string | null,
  pins: readonly string[],
  items: readonly JobItem[] | null
): readonly JobItem[] {
  const [known, setKnown] = useState<ReadonlyMap<string, JobItem>>(new Map());
  const listed = new Set(items?.map(watchId));
  const wanted = items === null ? [] : pins.filter(id => !listed.has(id));
  const ids = wanted.join('\n');
  useEffect(() => {
    const leave = (ids === '' ? [] : ids.split('\n')).map(id =>
      source.subscribe(pinnedWatch(id), ({ snapshot }) => {
        // Right after a switch, another connection answers.
        if (snapshot?.connection === connection) {
          const item = itemOf(snapshot);
          if (item) {
            setKnown(before => new Map(before).set(`${connection}/${id}`, item));
          }
          if (isNotFound(snapshot.error)) {
            list.pin(pinnedWatch(id), false);
          }
        }
      })
    );
    return () => leave.forEach(call => call());
  }, [source, list, connection, ids]);
  return useMemo(
    () => (ids === '' ? [] : ids.split('\n')).flatMap(id => known.get(`${connection ?? ''}/${id}`) ?? []),
    [connection, ids, known]
  );
}

function groupName(trans: Translate, group: Group): string {
  switch (group) {
    case 'running':
      return trans.__('Running');
    case 'completed':
      return trans.__('Completed');
    case 'failed':
      return trans.__('Failed');
    case 'stopped':
      return trans.__('Stopped');
  }
}
