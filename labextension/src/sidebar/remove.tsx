/** What a delete takes with it, named before it is done. */

import { type JSX, useEffect, useId, useState } from 'react';
import type { ServiceError, Watch } from '../model';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { type Answer, ask } from './dialog';
import { Failure } from './message';
import type { Consequences } from './rows';

/** Whether it shall be deleted, with all that goes with it. */
export async function askDelete(sagemaker: ISageMaker, target: Watch, title: string): Promise<boolean> {
  const { trans } = sagemaker;
  const answer = await ask<true>({
    title,
    cancel: trans.__('Keep'),
    accept: trans.__('Delete'),
    grave: true,
    draw: tell => <Named sagemaker={sagemaker} target={target} tell={tell} />
  });
  return answer !== null;
}

interface NamedProps {
  readonly sagemaker: ISageMaker;
  readonly target: Watch;
  readonly tell: (answer: Answer<true>) => void;
}

function Named({ sagemaker, target, tell }: NamedProps): JSX.Element {
  const { trans, server } = sagemaker;
  const [found, setFound] = useState<Consequences | null>(null);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const [asked, setAsked] = useState(0);
  const [typed, setTyped] = useState('');
  const id = useId();
  useEffect(() => {
    let current = true;
    server.consequences(target).then(
      answer => {
        if (current) {
          setFound(answer);
          setProblem(null);
        }
      },
      (error: unknown) => {
        if (current) {
          setProblem(asServiceError(error));
        }
      }
    );
    return () => {
      current = false;
    };
  }, [server, target, asked]);
  const ready = found !== null && (found.confirm === null || typed === found.confirm);
  useEffect(() => tell(ready ? true : null), [tell, ready]);
  if (problem) {
    return (
      <>
        <Failure
          trans={trans}
          error={problem}
          text={trans.__('What a delete would take with it cannot be read: %1', problem.message)}
        />
        <button type="button" className="jp-sm-button" onClick={() => setAsked(count => count + 1)}>
          {trans.__('Try again')}
        </button>
      </>
    );
  }
  if (!found) {
    return <p role="status">{trans.__('Looking at what goes with it…')}</p>;
  }
  return (
    <>
      <ul className="jp-sm-consequences">
        {found.consequences.map(text => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {found.confirm !== null && (
        <div className="jp-sm-field">
          <label htmlFor={id}>
            {trans.__('Type its name to confirm:')} <code>{found.confirm}</code>
          </label>
          <input
            id={id}
            type="text"
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={event => setTyped(event.target.value)}
          />
        </div>
      )}
    </>
  );
}
