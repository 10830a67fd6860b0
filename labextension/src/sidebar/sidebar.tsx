import type { ISignal } from '@lumino/signaling';
import { type JSX, useEffect, useState } from 'react';
import { barred, CONNECT, denialOf } from '../denied';
import type { JobItem } from '../model';
import { NO_EXTENSION } from '../request';
import { CommandIDs, type ISageMaker } from '../tokens';
import { AlgorithmsSection } from './algorithms';
import { ConnectionSection } from './connection';
import { useConnection, useDenied, useLiveList } from './hooks';
import type { JobList } from './joblist';
import { JobsSection } from './jobs';
import { Failure, Message } from './message';
import type { Form, SidebarEvents } from './panel';
import { StudioSection } from './section';
import type { StudioTree } from './studio';
import { isSilent } from './trouble';

export interface SidebarProps {
  readonly sagemaker: ISageMaker;
  readonly active: boolean;
  readonly firstForm: Form | null;
  readonly asked: ISignal<object, Form>;
  readonly connectionSwitched: ISignal<object, void>;
  readonly studio: StudioTree;
  readonly list: JobList;
  readonly events: SidebarEvents;
}

export function Sidebar(props: SidebarProps): JSX.Element {
  const { sagemaker, studio, list, active, asked, connectionSwitched, events } = props;
  const { trans } = sagemaker;
  const [form, setForm] = useState<Form | null>(props.firstForm);
  const jobs = useLiveList(sagemaker, 'jobs', active);
  const spaces = useLiveList(sagemaker, 'studio', active);
  const actions = useLiveList(sagemaker, 'actions', active);
  const connection = useConnection(sagemaker, jobs, active);
  const { reload } = connection;
  const denied = useDenied(sagemaker);

  useEffect(() => {
    const open = (_: object, wanted: Form): void => setForm(wanted);
    const switched = (): void => {
      reload();
      setForm(current => (current === 'connection' ? null : current));
    };
    asked.connect(open);
    connectionSwitched.connect(switched);
    return () => {
      asked.disconnect(open);
      connectionSwitched.disconnect(switched);
    };
  }, [asked, connectionSwitched, reload]);

  const problem = jobs.problem ?? connection.problem;
  if (problem?.code === NO_EXTENSION) {
    return (
      <div className="jp-sm jp-sm-sidebar">
        <Failure trans={trans} error={problem} />
      </div>
    );
  }
  const jobItems = (jobs.snapshot?.items ?? null) as readonly JobItem[] | null;
  const known = problem === null && !jobs.snapshot?.error;
  const silent = isSilent(connection.state);
  // Of jobs that may not be listed nobody knows that there are none.
  const whole = Object.keys(jobs.snapshot?.missing ?? {}).length === 0;
  const empty = known && whole && jobItems?.length === 0;
  return (
    <div className="jp-sm jp-sm-sidebar">
      <ConnectionSection
        sagemaker={sagemaker}
        connection={connection}
        trouble={problem !== null || !!jobs.snapshot?.error}
        open={form === 'connection'}
        onOpen={open => setForm(open ? 'connection' : null)}
      />
      {connection.state?.may_write === false && (
        <Message tone="idle" text={trans.__('You may look at SageMaker here, but not change anything.')} />
      )}
      {problem && !silent && <Failure trans={trans} error={problem} />}
      {empty ? (
        form === null && (
          <section className="jp-sm-welcome">
            <h3>{trans.__('No jobs yet')}</h3>
            <p>{trans.__('Jobs that you start from a notebook appear here, live.')}</p>
            <div className="jp-sm-formButtons">
              <button
                type="button"
                className="jp-sm-button jp-sm-primary"
                onClick={() => events.onCommand(CommandIDs.quickstart)}
              >
                {trans.__('Quickstart')}
              </button>
              {connection.state?.kind !== 'aws' && (
                <button
                  type="button"
                  className="jp-sm-button"
                  {...barred(trans, denialOf(denied, ...CONNECT))}
                  onClick={() => events.onCommand(CommandIDs.connectAWS)}
                >
                  {trans.__('Connect AWS')}
                </button>
              )}
            </div>
          </section>
        )
      ) : (
        <JobsSection
          sagemaker={sagemaker}
          list={list}
          items={jobItems}
          snapshot={jobs.snapshot}
          told={silent}
          lost={jobs.problem !== null}
          active={active}
          events={events}
        />
      )}
      <AlgorithmsSection
        sagemaker={sagemaker}
        state={list.state}
        active={active}
        told={(silent ? spaces : jobs).snapshot?.error?.message ?? null}
        events={events}
      />
      <StudioSection
        sagemaker={sagemaker}
        studio={studio}
        live={spaces}
        actions={actions}
        // One trouble is told once.
        told={(silent ? spaces : jobs).snapshot?.error?.message ?? null}
        events={events}
      />
    </div>
  );
}
