import { type JSX, useId, useState } from 'react';
import type { ConnectionChoice, ConnectionState, ServiceError } from '../model';
import { Failure } from '../sidebar/message';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { Field } from './field';

export interface ConnectionFormProps {
  readonly sagemaker: ISageMaker;
  readonly state: ConnectionState;
  readonly onChosen: (state: ConnectionState) => void;
}

/** Choose which SageMaker everything here talks to. */
export function ConnectionForm({ sagemaker, state, onChosen }: ConnectionFormProps): JSX.Element {
  const { server, trans } = sagemaker;
  const [kind, setKind] = useState(state.kind);
  const [profile, setProfile] = useState(state.profile ?? '');
  const [region, setRegion] = useState(state.kind === 'aws' ? (state.region ?? '') : '');
  const [role, setRole] = useState(state.kind === 'aws' ? (state.role ?? '') : '');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const group = useId();

  const submit = async (): Promise<void> => {
    const choice: ConnectionChoice =
      kind === 'local'
        ? { kind }
        : { kind, profile: profile || null, region: region.trim() || null, role: role.trim() || null };
    setBusy(true);
    setProblem(null);
    try {
      onChosen(await server.connect(choice));
    } catch (error) {
      setProblem(asServiceError(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className="jp-sm-form"
      aria-label={trans.__('Switch connection')}
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
    >
      <div role="radiogroup" aria-label={trans.__('Connection')} className="jp-sm-choice">
        {(['local', 'aws'] as const).map(value => (
          <label key={value}>
            <input type="radio" name={group} value={value} checked={kind === value} onChange={() => setKind(value)} />{' '}
            {value === 'local' ? trans.__('Local engine') : trans.__('AWS')}
          </label>
        ))}
      </div>
      {kind === 'aws' && (
        <>
          <Field label={trans.__('Profile')}>
            {id => (
              <select id={id} value={profile} onChange={event => setProfile(event.target.value)}>
                <option value="">{trans.__('Default credentials')}</option>
                {state.profiles.map(name => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={trans.__('Region')} hint={trans.__("Empty: the profile's own.")}>
            {(id, hint) => (
              <input
                id={id}
                aria-describedby={hint}
                type="text"
                value={region}
                placeholder="us-east-1"
                pattern="[a-z0-9\-]{1,32}"
                spellCheck={false}
                onChange={event => setRegion(event.target.value)}
              />
            )}
          </Field>
          <Field
            label={trans.__('Execution role')}
            hint={trans.__('ARN of the role that jobs get. Empty: the domain’s.')}
          >
            {(id, hint) => (
              <input
                id={id}
                aria-describedby={hint}
                type="text"
                value={role}
                placeholder="arn:aws:iam::…:role/…"
                spellCheck={false}
                onChange={event => setRole(event.target.value)}
              />
            )}
          </Field>
          <p className="jp-sm-of">{trans.__('Jobs and spaces on AWS cost money.')}</p>
        </>
      )}
      {problem && <Failure trans={trans} error={problem} />}
      <div className="jp-sm-formButtons">
        <button type="submit" className="jp-sm-button jp-sm-primary" disabled={busy}>
          {busy ? trans.__('Connecting…') : trans.__('Connect')}
        </button>
      </div>
    </form>
  );
}
