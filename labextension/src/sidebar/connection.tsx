import type { JSX } from 'react';
import { ConnectionForm } from '../forms/connection';
import type { ConnectionState } from '../model';
import type { ISageMaker } from '../tokens';
import { barred, CONNECT, denialOf } from '../denied';
import { permitted } from './failure';
import { type ConnectionInUse, useDenied } from './hooks';
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
  const denied = useDenied(sagemaker);
  const toggle = async (): Promise<void> => {
    if (open || (await permitted(sagemaker, trans.__('Switch the connection'), ...CONNECT))) {
      onOpen(!open);
    }
  };
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
          <button
            type="button"
            className="jp-sm-button"
            aria-expanded={open}
            {...barred(trans, denialOf(denied, ...CONNECT))}
            onClick={() => void toggle()}
          >
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
