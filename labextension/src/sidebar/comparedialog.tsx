/** The dialog that asks which tuning jobs shall be compared. */

import { type JSX, useEffect, useMemo, useState } from 'react';
import { LEAST_JOBS, MOST_JOBS } from '../comparison';
import type { ServiceError, TuningJob } from '../model';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { tone, words } from '../views/status';
import { Age } from './age';
import { type Candidate, candidates } from './candidates';
import { type Answer, ask } from './dialog';
import type { JobList } from './joblist';
import { Message, Statement } from './message';

type Names = readonly string[];

/** The names of the jobs that shall be compared, `first` among them; null if it was turned down. */
export async function askCompared(sagemaker: ISageMaker, list: JobList, first: string | null): Promise<Names | null> {
  const { trans } = sagemaker;
  return await ask<Names>({
    title: first === null ? trans.__('Compare tuning jobs') : trans.__('Compare %1 with…', first),
    cancel: trans.__('Cancel'),
    accept: trans.__('Compare'),
    draw: tell => <Choose sagemaker={sagemaker} list={list} first={first} tell={tell} />
  });
}

interface ChooseProps {
  readonly sagemaker: ISageMaker;
  readonly list: JobList;
  readonly first: string | null;
  readonly tell: (answer: Answer<Names>) => void;
}

const FEW = 8;

function Choose({ sagemaker, list, first, tell }: ChooseProps): JSX.Element {
  const { trans, server } = sagemaker;
  const [described, setDescribed] = useState<readonly TuningJob[] | null>(null);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const [chosen, setChosen] = useState<Names>(first === null ? [] : [first]);
  const [filter, setFilter] = useState('');
  useEffect(() => {
    let current = true;
    server.tuningJobs().then(
      jobs => {
        if (current) {
          setDescribed(jobs);
        }
      },
      (error: unknown) => {
        if (current) {
          setProblem(asServiceError(error));
          setDescribed([]);
        }
      }
    );
    return () => {
      current = false;
    };
  }, [server]);
  const all = useMemo(
    () => candidates(described ?? [], list.all, first).filter(({ name }) => name !== first),
    [described, list, first]
  );
  const ready = chosen.length >= LEAST_JOBS && chosen.length <= MOST_JOBS;
  useEffect(() => tell(ready ? chosen : null), [tell, ready, chosen]);
  if (described === null) {
    return <p role="status">{trans.__('Looking for tuning jobs…')}</p>;
  }
  const shown = all.filter(({ name, aim }) => `${name} ${aim}`.toLowerCase().includes(filter.trim().toLowerCase()));
  const full = chosen.length >= MOST_JOBS;
  return (
    <>
      {problem && (
        <Message
          tone="idle"
          text={trans.__('What the jobs aim at cannot be told: %1', problem.message)}
          hint={problem.hint ?? null}
        >
          <Statement trans={trans} text={problem.statement} />
        </Message>
      )}
      {all.length === 0 && !problem && <p>{trans.__('There is no other tuning job to compare.')}</p>}
      {all.length > FEW && (
        <input
          type="search"
          className="jp-sm-input"
          value={filter}
          placeholder={trans.__('Filter')}
          aria-label={trans.__('Filter jobs by name or objective')}
          spellCheck={false}
          onChange={event => setFilter(event.target.value)}
        />
      )}
      <ul className="jp-sm-candidates">
        {shown.map(job => {
          const picked = chosen.includes(job.name);
          return (
            <li key={job.name} data-same={job.same || undefined}>
              <label>
                <input
                  type="checkbox"
                  checked={picked}
                  disabled={!picked && full}
                  onChange={() =>
                    setChosen(before => (picked ? before.filter(name => name !== job.name) : [...before, job.name]))
                  }
                />
                <Named trans={trans} job={job} />
              </label>
            </li>
          );
        })}
      </ul>
      <p className="jp-sm-of" role="status">
        {full
          ? trans.__('%1 jobs, more cannot be told apart in one plot.', MOST_JOBS)
          : trans._n(
              '%1 job chosen, of %2 to %3.',
              '%1 jobs chosen, of %2 to %3.',
              chosen.length,
              LEAST_JOBS,
              MOST_JOBS
            )}
      </p>
    </>
  );
}

function Named({ trans, job }: { readonly trans: ISageMaker['trans']; readonly job: Candidate }): JSX.Element {
  return (
    <span>
      <b>{job.name}</b>{' '}
      <span className="jp-sm-badge" data-tone={tone(job.status)}>
        {words(job.status)}
      </span>{' '}
      <span className="jp-sm-of">
        {job.aim && `${job.aim}${job.same ? ` (${trans.__('the same objective')})` : ''} · `}
        <Age trans={trans} since={job.created} />
      </span>
    </span>
  );
}
