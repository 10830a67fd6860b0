import { type JSX, useRef } from 'react';
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
  const section = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  /** The focus goes to the button, for what had it is gone; a button that waits for an answer has lost it already. */
  const close = (): void => {
    const at = document.activeElement;
    if (at === document.body || section.current?.contains(at) === true) {
      button.current?.focus();
    }
    onOpen(false);
  };
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
      close();
    }
  };
  // Escape closes the form from whatever in it, or the button, has the focus.
  /* eslint-disable jsx-a11y/no-noninteractive-element-interactions */
  return (
    <section
      ref={section}
      className="jp-sm-connectionPart"
      aria-label={trans.__('Connection')}
      onKeyDown={event => {
        if (event.key === 'Escape' && open) {
          event.preventDefault();
          event.stopPropagation();
          close();
        }
      }}
    >
      <div className="jp-sm-connectionLine">
        <span className="jp-sm-badge" data-tone={tone}>
          <b>{state?.label ?? trans.__('Connecting…')}</b>
        </span>
        {state?.rules.fixed !== true && (
          <button
            ref={button}
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
