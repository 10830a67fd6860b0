/** One job in the list: how it stands, whether it is pinned, and what can be done with it. */

import type { CSSProperties, JSX, KeyboardEvent, MouseEvent } from 'react';
import { ellipsesIcon, stopIcon } from '@jupyterlab/ui-components';
import { barred, denialOf } from '../denied';
import { isStoppable } from '../job';
import type { DeniedDeed, JobItem } from '../model';
import type { ISageMaker } from '../tokens';
import { tone, words } from '../views/status';
import { Age } from './age';
import type { MenuPlace } from './jobmenu';

export interface JobRowEvents {
  readonly onOpen: (job: JobItem) => void;
  readonly onStop: (job: JobItem) => void;
  readonly onPin: (job: JobItem, pinned: boolean) => void;
  readonly onMenu: (job: JobItem, at: MenuPlace, back: HTMLElement) => void;
  readonly onKey: (job: JobItem, event: KeyboardEvent<HTMLElement>) => void;
  readonly onFocus: (job: JobItem) => void;
}

export interface JobRowProps {
  readonly trans: ISageMaker['trans'];
  readonly job: JobItem;
  readonly pinned: boolean;
  /** Whether Tab goes to it: of all rows to one, and on to its buttons. */
  readonly active: boolean;
  readonly denied: readonly DeniedDeed[];
  readonly events: JobRowEvents;
}

export function JobRow({ trans, job, pinned, active, denied, events }: JobRowProps): JSX.Element {
  const tabIndex = active ? 0 : -1;
  const pinLabel = trans.__('Pin %1', job.name);
  const menuOf = (row: HTMLElement, back: HTMLElement): void => {
    const { left, bottom } = (row.querySelector('.jp-sm-rowMenu') ?? row).getBoundingClientRect();
    events.onMenu(job, { x: left, y: bottom }, back);
  };
  const onContextMenu = (event: MouseEvent<HTMLElement>): void => {
    if (event.shiftKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const row = event.currentTarget;
    const back = row.querySelector('button') ?? row;
    if (event.button === 2) {
      events.onMenu(job, { x: event.clientX, y: event.clientY }, back);
    } else {
      menuOf(row, back);
    }
  };
  // The list's own keys work on every button of it; what has the focus is one of them.
  /* eslint-disable jsx-a11y/no-noninteractive-element-interactions */
  return (
    <li
      className="jp-sm-row"
      data-pinned={pinned || undefined}
      onContextMenu={onContextMenu}
      onKeyDown={event => {
        if (event.key === 'F10' && event.shiftKey) {
          event.preventDefault();
          event.stopPropagation();
          menuOf(event.currentTarget, event.target as HTMLElement);
        } else {
          events.onKey(job, event);
        }
      }}
      onFocus={() => events.onFocus(job)}
    >
      <button
        type="button"
        className="jp-sm-bare jp-sm-rowButton"
        tabIndex={tabIndex}
        title={job.name}
        onClick={() => events.onOpen(job)}
      >
        <span className="jp-sm-rowMain">
          <span className="jp-sm-rowName">{job.name}</span>
        </span>
        <span className="jp-sm-rowMore">
          <span className="jp-sm-badge" data-tone={tone(job.status)}>
            {words(job.status)}
          </span>
          <span className="jp-sm-rowCount">
            <Count job={job} trans={trans} /> · <Age trans={trans} since={job.created} />
          </span>
        </span>
        <Bar job={job} />
      </button>
      <span className="jp-sm-rowTools">
        {isStoppable(job.status) && (
          <button
            type="button"
            className="jp-sm-button"
            tabIndex={tabIndex}
            aria-label={trans.__('Stop %1', job.name)}
            {...barred(trans, denialOf(denied, 'stop', job), trans.__('Stop %1', job.name))}
            onClick={() => events.onStop(job)}
          >
            <stopIcon.react tag="span" width="16px" height="16px" />
          </button>
        )}
        <button
          type="button"
          className="jp-sm-button jp-sm-rowPin"
          tabIndex={tabIndex}
          aria-pressed={pinned}
          title={pinned ? trans.__('Unpin %1', job.name) : pinLabel}
          aria-label={pinLabel}
          onClick={() => events.onPin(job, !pinned)}
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
          onClick={event => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            events.onMenu(job, { x: left, y: bottom }, event.currentTarget);
          }}
        >
          <ellipsesIcon.react tag="span" width="16px" height="16px" />
        </button>
      </span>
    </li>
  );
  /* eslint-enable */
}

/** The star of what is pinned. */
export function Star({ filled }: { readonly filled: boolean }): JSX.Element {
  return (
    <span>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path
          d="m8 1.8 1.9 4 4.4.6-3.2 3 .8 4.4L8 11.7l-3.9 2.1.8-4.4-3.2-3 4.4-.6Z"
          fill={filled ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.2"
          strokeLinejoin="round"
        />
      </svg>
    </span>
  );
}

function kindOf(job: JobItem, trans: ISageMaker['trans']): string {
  switch (job.kind) {
    case 'tuning-jobs':
      return trans.__('Tuning');
    case 'training-jobs':
      return trans.__('Training');
    default:
      return trans.__('Compilation');
  }
}

function Count({ job, trans }: { readonly job: JobItem; readonly trans: ISageMaker['trans'] }): JSX.Element {
  const { total, ended } = progressOf(job);
  return total === null ? (
    <span>{kindOf(job, trans)}</span>
  ) : (
    <span title={trans.__('%1 of %2 trials', ended, total)}>
      {ended}/{total}
    </span>
  );
}

/** The same segments as in the view, for the eye only: the row says the numbers. */
function Bar({ job }: { readonly job: JobItem }): JSX.Element | null {
  const { total, parts } = progressOf(job);
  if (total === null) {
    return null;
  }
  const made = parts.reduce((sum, [, count]) => sum + count, 0);
  return (
    <span className="jp-sm-bar" aria-hidden="true" style={{ '--sm-rest': Math.max(0, total - made) } as CSSProperties}>
      {parts.map(([part, count]) => count > 0 && <span key={part} data-part={part} style={{ flexGrow: count }} />)}
    </span>
  );
}

function progressOf(job: JobItem): { total: number | null; ended: number; parts: [string, number][] } {
  const counters = job.summary.TrainingJobStatusCounters;
  if (!counters) {
    return { total: null, ended: 0, parts: [] };
  }
  const { Completed = 0, InProgress = 0, NonRetryableError = 0, RetryableError = 0, Stopped = 0 } = counters;
  const failed = NonRetryableError + RetryableError;
  const ended = Completed + failed + Stopped;
  return {
    total: job.summary.ResourceLimits?.MaxNumberOfTrainingJobs ?? ended + InProgress,
    ended,
    parts: [
      ['completed', Completed],
      ['busy', InProgress],
      ['failed', failed],
      ['stopped', Stopped]
    ]
  };
}
