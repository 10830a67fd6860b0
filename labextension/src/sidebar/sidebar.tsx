import type { ISignal } from '@lumino/signaling';
import { type JSX, useEffect, useState } from 'react';
import type { JobItem, SpaceSummary } from '../model';
import { NO_EXTENSION } from '../request';
import { CommandIDs, type ISageMaker } from '../tokens';
import { ConnectionSection } from './connection';
import { useConnection, useLiveList } from './hooks';
import { JobsSection } from './jobs';
import { Message } from './message';
import type { Form } from './panel';
import { SpacesSection } from './spaces';

export interface SidebarProps {
  readonly sagemaker: ISageMaker;
  readonly active: boolean;
  readonly firstForm: Form | null;
  readonly asked: ISignal<object, Form>;
  readonly connectionSwitched: ISignal<object, void>;
  readonly onCommand: (command: string) => void;
}

export function Sidebar(props: SidebarProps): JSX.Element {
  const { sagemaker, active, asked, connectionSwitched, onCommand } = props;
  const { trans } = sagemaker;
  const [form, setForm] = useState<Form | null>(props.firstForm);
  const jobs = useLiveList(sagemaker, 'jobs', active);
  const spaces = useLiveList(sagemaker, 'spaces', active);
  const connection = useConnection(sagemaker, jobs, active);
  const { reload } = connection;

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
        <Message tone="bad" text={problem.message} hint={problem.hint} />
      </div>
    );
  }
  const jobItems = (jobs.snapshot?.items ?? null) as readonly JobItem[] | null;
  const spaceItems = (spaces.snapshot?.items ?? null) satisfies readonly SpaceSummary[] | null;
  // One trouble is told once.
  const sameError = spaces.snapshot?.error?.message === jobs.snapshot?.error?.message;
  const known = problem === null && !jobs.snapshot?.error && !spaces.snapshot?.error;
  const empty = known && jobItems?.length === 0 && (spaceItems === null || spaceItems.length === 0);
  return (
    <div className="jp-sm jp-sm-sidebar">
      <ConnectionSection
        sagemaker={sagemaker}
        connection={connection}
        trouble={problem !== null || !!jobs.snapshot?.error}
        open={form === 'connection'}
        onOpen={open => setForm(open ? 'connection' : null)}
      />
      {problem && <Message tone="bad" text={problem.message} hint={problem.hint} />}
      {empty && form === null && (
        <section className="jp-sm-welcome">
          <h3>{trans.__('Nothing here yet')}</h3>
          <p>{trans.__('Jobs that you start from a notebook appear here, live.')}</p>
          <button type="button" className="jp-sm-button jp-sm-primary" onClick={() => onCommand(CommandIDs.quickstart)}>
            {trans.__('Quickstart')}
          </button>
          <button type="button" className="jp-sm-button" onClick={() => setForm('space')}>
            {trans.__('New space')}
          </button>
          <button type="button" className="jp-sm-button" onClick={() => setForm('connection')}>
            {trans.__('Connect AWS')}
          </button>
        </section>
      )}
      {!empty && <JobsSection sagemaker={sagemaker} items={jobItems} snapshot={jobs.snapshot} />}
      {(!empty || form === 'space') && (
        <SpacesSection
          sagemaker={sagemaker}
          connection={connection.state}
          items={spaceItems}
          error={sameError ? null : (spaces.snapshot?.error ?? null)}
          creating={form === 'space'}
          onCreate={open => setForm(open ? 'space' : null)}
        />
      )}
    </div>
  );
}
