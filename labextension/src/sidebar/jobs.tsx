import type { CSSProperties, JSX } from 'react';
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { stopIcon } from '@jupyterlab/ui-components';
import { isStoppable, type JobItem, type Snapshot, watchId } from '../model';
import type { ISageMaker } from '../tokens';
import { tone, words } from '../views/text';
import { Age } from './age';
import { Message } from './message';

export interface JobsSectionProps {
  readonly sagemaker: ISageMaker;
  /** Null: not known yet. */
  readonly items: readonly JobItem[] | null;
  readonly snapshot: Snapshot | null;
}

export function JobsSection({ sagemaker, items, snapshot }: JobsSectionProps): JSX.Element {
  const { trans } = sagemaker;
  const error = snapshot?.error;
  const missing = Object.entries(snapshot?.missing ?? {});
  return (
    <section className="jp-sm-jobs" aria-label={trans.__('Jobs')}>
      <header>
        <h3>{trans.__('Jobs')}</h3>
      </header>
      {error && <Message tone="bad" text={error.message} hint={error.hint} />}
      {missing.map(([kind, reason]) => (
        <Message key={kind} tone="idle" text={trans.__('%1 cannot be listed.', kind)} hint={reason} />
      ))}
      {items === null && !error && <p className="jp-sm-of">{trans.__('Loading…')}</p>}
      {items?.length === 0 && !error && <p className="jp-sm-of">{trans.__('No jobs.')}</p>}
      <ul className="jp-sm-rows">
        {items?.map(job => (
          <JobRow key={watchId(job)} sagemaker={sagemaker} job={job} />
        ))}
      </ul>
    </section>
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

function JobRow({ sagemaker, job }: { readonly sagemaker: ISageMaker; readonly job: JobItem }): JSX.Element {
  const { trans } = sagemaker;
  const content = (
    <>
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
    </>
  );
  return (
    <li className="jp-sm-row">
      <button type="button" className="jp-sm-rowButton" title={job.name} onClick={() => void sagemaker.open(job)}>
        {content}
      </button>
      {isStoppable(job.status) && (
        <button
          type="button"
          className="jp-sm-button jp-sm-rowStop"
          title={trans.__('Stop %1', job.name)}
          aria-label={trans.__('Stop %1', job.name)}
          onClick={() => void stop(sagemaker, job)}
        >
          <stopIcon.react tag="span" width="16px" height="16px" />
        </button>
      )}
    </li>
  );
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

async function stop(sagemaker: ISageMaker, job: JobItem): Promise<void> {
  const { server, source, trans } = sagemaker;
  const answer = await showDialog({
    title: trans.__('Stop this job?'),
    body: trans.__('%1 stops. What it has finished is kept.', job.name),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep running') }),
      Dialog.warnButton({ label: trans.__('Stop job') })
    ]
  });
  if (answer.button.accept) {
    try {
      await server.stop(job);
      source.refresh();
    } catch (error) {
      await showErrorMessage(trans.__('Stop'), error instanceof Error ? error.message : String(error));
    }
  }
}
