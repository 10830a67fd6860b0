import type { JSX } from 'react';
import { ConnectionForm } from '../forms/connection';
import type { ConnectionState } from '../model';
import type { ISageMaker } from '../tokens';
import type { ConnectionInUse } from './hooks';
import { Trouble } from './trouble';

export interface ConnectionSectionProps {
  readonly sagemaker: ISageMaker;
  readonly connection: ConnectionInUse;
  /** Whether what is shown may be out of date. */
  readonly trouble: boolean;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

/** Which SageMaker this is: always in sight. */
export function ConnectionSection({
  sagemaker,
  connection,
  trouble,
  open,
  onOpen
}: ConnectionSectionProps): JSX.Element {
  const { trans } = sagemaker;
  const { state } = connection;
  const tone = state === null ? 'idle' : state.state === 'ready' && !trouble ? 'good' : 'bad';
  const taken = (answer: ConnectionState): void => {
    connection.choose(answer);
    sagemaker.source.refresh(true);
    if (answer.state === 'ready') {
      onOpen(false);
    }
  };
  return (
    <section className="jp-sm-connectionPart" aria-label={trans.__('Connection')}>
      <div className="jp-sm-connectionLine">
        <span className="jp-sm-badge" data-tone={tone}>
          <b>{state?.label ?? trans.__('Connecting…')}</b>
        </span>
        {state?.rules.fixed !== true && (
          <button type="button" className="jp-sm-button" aria-expanded={open} onClick={() => onOpen(!open)}>
            {open ? trans.__('Close') : trans.__('Switch')}
          </button>
        )}
      </div>
      {state && (
        <p className="jp-sm-of">
          {state.kind === 'local'
            ? trans.__('Simulated on this machine; costs nothing.')
            : state.account && trans.__('Account %1', state.account)}
        </p>
      )}
      {state?.rules.fixed === true && <p className="jp-sm-of">{trans.__('Fixed by %1.', state.rules.decided_by)}</p>}
      {state && <Trouble key={state.id} sagemaker={sagemaker} state={state} onEntered={taken} />}
      {open && state && !state.rules.fixed && <ConnectionForm sagemaker={sagemaker} state={state} onChosen={taken} />}
    </section>
  );
}
