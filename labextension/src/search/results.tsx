/** The jobs that a search has found, in a table; each with its star and its menu, as in the panel. */

import { ellipsesIcon } from '@jupyterlab/ui-components';
import { type JSX, type KeyboardEvent, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type FoundJob, type FoundJobs, watchId } from '../model';
import { Age } from '../sidebar/age';
import { type JobList, pinsOf } from '../sidebar/joblist';
import { Star } from '../sidebar/jobrow';
import { followKey } from '../sidebar/jobs';
import { CommandIDs, type ISageMaker } from '../tokens';
import { tone, words } from '../views/status';
import type { Wanted } from './wanted';

export interface ResultsProps {
  readonly sagemaker: ISageMaker;
  readonly list: JobList;
  readonly answer: FoundJobs;
  readonly wanted: Wanted;
  readonly onSort: (sort: string, descending: boolean) => void;
}

export function Results({ sagemaker, list, answer, wanted, onSort }: ResultsProps): JSX.Element {
  const { trans } = sagemaker;
  const { state } = list;
  const { connection, columns, jobs } = answer;
  const pins = useSyncExternalStore(
    useCallback(listener => state.subscribe(listener), [state]),
    () => pinsOf(state, connection)
  );
  useEffect(() => {
    // The menu's commands ask the panel's list, which is empty while nobody has opened the panel.
    if (list.all.length === 0) {
      list.take(
        connection,
        jobs.map(job => ({ ...job, modified: job.created, summary: {} }))
      );
    }
  }, [list, connection, jobs]);
  const body = useRef<HTMLTableSectionElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const stop = jobs.some(job => watchId(job) === focused) ? focused : jobs[0] ? watchId(jobs[0]) : null;

  const menu = (job: FoundJob, { left: x, bottom: y }: { left: number; bottom: number }): void => {
    const { kind, key, ways } = job;
    void sagemaker.execute(CommandIDs.jobMenu, { kind, key: [...key], ways: [...ways], x, y });
  };
  const onKeyDown = (index: number, event: KeyboardEvent<HTMLElement>): void => {
    const job = jobs[index];
    if (!followKey(event, body.current, index, jobs.length) && job && event.key === 'F10' && event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      menu(job, event.currentTarget.getBoundingClientRect());
    }
  };
  const heads: readonly (readonly [string, string, boolean])[] = [
    ['name', trans.__('Name'), false],
    ['status', trans.__('Status'), false],
    ['created', trans.__('Created'), false],
    ...columns.map(({ name, numeric }): [string, string, boolean] => [name, name, numeric])
  ];
  return (
    <div className="jp-sm-table jp-sm-found">
      <table aria-label={trans.__('Jobs that fit')}>
        <thead>
          <tr>
            {heads.map(([sort, title, numeric]) => {
              const sorted = sort.toLowerCase() === wanted.sort.toLowerCase();
              return (
                <th
                  key={sort}
                  scope="col"
                  className={numeric ? 'jp-sm-right' : undefined}
                  aria-sort={sorted ? (wanted.descending ? 'descending' : 'ascending') : undefined}
                >
                  <button
                    type="button"
                    className="jp-sm-bare"
                    title={trans.__('Sort by %1', title)}
                    onClick={() => onSort(sort, sorted ? !wanted.descending : true)}
                  >
                    <span>{title}</span>
                  </button>
                </th>
              );
            })}
            <th scope="col">
              <span className="jp-sm-unseen">{trans.__('Actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {jobs.map((job, index) => {
            const id = watchId(job);
            const tabIndex = id === stop ? 0 : -1;
            const pinned = pins.includes(id);
            return (
              // The keys of the list work on every button of a row; what has the focus is one of them.
              <tr
                key={id}
                onFocus={() => setFocused(id)}
                onKeyDown={event => onKeyDown(index, event)}
                onContextMenu={event => {
                  if (!event.shiftKey) {
                    event.preventDefault();
                    event.stopPropagation();
                    menu(job, { left: event.clientX, bottom: event.clientY });
                  }
                }}
              >
                <td>
                  <button
                    type="button"
                    className="jp-sm-bare jp-sm-link"
                    tabIndex={tabIndex}
                    onClick={() => void sagemaker.open({ kind: job.kind, key: job.key })}
                  >
                    {job.name}
                  </button>
                </td>
                <td>
                  <span className="jp-sm-badge" data-tone={tone(job.status)}>
                    {words(job.status)}
                  </span>
                </td>
                <td>
                  <Age trans={trans} since={job.created} />
                </td>
                {columns.map(({ name, numeric }, at) => (
                  <td key={name} className={numeric ? 'jp-sm-right' : undefined} title={job.cells[at]}>
                    {job.cells[at]}
                  </td>
                ))}
                <td className="jp-sm-foundTools">
                  <button
                    type="button"
                    className="jp-sm-button jp-sm-rowPin"
                    tabIndex={tabIndex}
                    aria-pressed={pinned}
                    title={pinned ? trans.__('Unpin %1', job.name) : trans.__('Pin %1', job.name)}
                    aria-label={trans.__('Pin %1', job.name)}
                    onClick={() => state.pin(connection, id, !pinned)}
                  >
                    <Star filled={pinned} />
                  </button>
                  <button
                    type="button"
                    className="jp-sm-button jp-sm-rowMenu"
                    tabIndex={tabIndex}
                    title={trans.__('Actions of %1', job.name)}
                    aria-label={trans.__('Actions of %1', job.name)}
                    aria-haspopup="menu"
                    onClick={event => menu(job, event.currentTarget.getBoundingClientRect())}
                  >
                    <ellipsesIcon.react tag="span" width="16px" height="16px" />
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
