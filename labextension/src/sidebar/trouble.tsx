import { type JSX, useId, useState } from 'react';
import type { ConnectionState } from '../model';
import { barred, CONNECT, denialOf } from '../denied';
import type { ISageMaker } from '../tokens';
import { permitted } from './failure';
import { useAttempt, useDenied } from './hooks';
import { Failure, Message } from './message';

/** States in which nothing can be asked of the connection: told once, for all of the panel. */
export function isSilent(state: ConnectionState | null): boolean {
  return state?.state === 'credentials' || state?.state === 'mfa' || state?.state === 'forbidden';
}

export interface TroubleProps {
  readonly sagemaker: ISageMaker;
  readonly state: ConnectionState;
  readonly onEntered: (state: ConnectionState) => void;
}

/** Why the connection cannot be used, and what makes it usable; nothing if it can. */
export function Trouble({ sagemaker, state, onEntered }: TroubleProps): JSX.Element | null {
  const { trans } = sagemaker;
  switch (state.state) {
    case 'ready':
      return null;
    case 'mfa':
      return <CodeForm sagemaker={sagemaker} state={state} onEntered={onEntered} />;
    case 'unreachable':
      return <Message tone="bad" text={trans.__('Nobody answers.')} hint={state.message} />;
    case 'credentials':
      return (
        <Message tone="bad" text={state.message ?? trans.__('Credentials are missing or expired.')} hint={state.hint}>
          <div className="jp-sm-of">{trans.__('Nothing is asked until then; it goes on by itself.')}</div>
        </Message>
      );
    case 'forbidden':
      return <Message tone="bad" text={state.message ?? ''} hint={state.hint} />;
  }
}

/** Takes a one-time code: it is sent once and kept nowhere. */
function CodeForm({ sagemaker, state, onEntered }: TroubleProps): JSX.Element {
  const { server, trans } = sagemaker;
  const [code, setCode] = useState('');
  const { busy, problem, attempt } = useAttempt();
  const denied = useDenied(sagemaker);
  const id = useId();

  const submit = async (): Promise<void> => {
    if (!(await permitted(sagemaker, trans.__('Sign in'), ...CONNECT))) {
      return;
    }
    if (!(await attempt(async () => onEntered(await server.enterCode(code))))) {
      setCode('');
    }
  };

  return (
    <form
      className="jp-sm-form jp-sm-code"
      aria-label={trans.__('One-time code')}
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
    >
      <Message
        tone="busy"
        text={trans.__('This profile needs a one-time code of your MFA device.')}
        hint={state.mfa_serial}
      />
      <div className="jp-sm-field">
        <label htmlFor={id}>{trans.__('One-time code')}</label>
        <div className="jp-sm-codeLine">
          <input
            id={id}
            type="text"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="\s*[0-9]{3}\s*[0-9]{3}\s*"
            title={trans.__('Six digits')}
            required
            value={code}
            onChange={event => setCode(event.target.value)}
          />
          <button
            type="submit"
            className="jp-sm-button jp-sm-primary"
            disabled={busy}
            {...barred(trans, denialOf(denied, ...CONNECT))}
          >
            {busy ? trans.__('Signing in…') : trans.__('Sign in')}
          </button>
        </div>
      </div>
      {problem && <Failure trans={trans} error={problem} />}
    </form>
  );
}
