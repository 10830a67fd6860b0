import type { JSX } from 'react';
import { ConnectionForm } from '../forms/connection';
import type { ISageMaker } from '../tokens';
import type { ConnectionInUse } from './hooks';
import { Message } from './message';

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
  const note =
    state?.state === 'credentials'
      ? trans.__('Credentials are missing or expired.')
      : state?.state === 'unreachable'
        ? trans.__('Nobody answers.')
        : null;
  return (
    <section className="jp-sm-connectionPart" aria-label={trans.__('Connection')}>
      <div className="jp-sm-connectionLine">
        <span className="jp-sm-badge" data-tone={tone}>
          <b>{state?.label ?? trans.__('Connecting…')}</b>
        </span>
        <button type="button" className="jp-sm-button" aria-expanded={open} onClick={() => onOpen(!open)}>
          {open ? trans.__('Close') : trans.__('Switch')}
        </button>
      </div>
      {state && (
        <p className="jp-sm-of">
          {state.kind === 'local'
            ? trans.__('Simulated on this machine; costs nothing.')
            : state.account && trans.__('Account %1', state.account)}
        </p>
      )}
      {note && <Message tone="bad" text={note} hint={state?.message ?? null} />}
      {open && state && (
        <ConnectionForm
          sagemaker={sagemaker}
          state={state}
          onChosen={chosen => {
            connection.choose(chosen);
            sagemaker.source.refresh(true);
            if (chosen.state === 'ready') {
              onOpen(false);
            }
          }}
        />
      )}
    </section>
  );
}
