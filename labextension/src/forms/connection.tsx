import { type JSX, useId, useState } from 'react';
import type { ConnectionChoice, ConnectionState } from '../model';
import { useAttempt } from '../sidebar/hooks';
import { Failure } from '../sidebar/message';
import type { ISageMaker } from '../tokens';
import type { Translate } from '../views/text';
import { Field } from './field';

export interface ConnectionFormProps {
  readonly sagemaker: ISageMaker;
  readonly state: ConnectionState;
  readonly onChosen: (state: ConnectionState) => void;
}

/** Choose which SageMaker everything here talks to. */
export function ConnectionForm({ sagemaker, state, onChosen }: ConnectionFormProps): JSX.Element {
  const { server, trans } = sagemaker;
  const { kinds } = state.rules;
  const [kind, setKind] = useState(kinds.includes(state.kind) ? state.kind : (kinds[0] ?? state.kind));
  const [profile, setProfile] = useState(state.profile ?? state.profiles[0]?.name ?? '');
  const [region, setRegion] = useState(state.chosen.region ?? '');
  const [role, setRole] = useState(state.chosen.role ?? '');
  const [bucket, setBucket] = useState(state.chosen.bucket ?? '');
  const [fips, setFips] = useState(state.fips === true);
  const [dualstack, setDualstack] = useState(state.dualstack === true);
  const { busy, problem, attempt } = useAttempt();
  const group = useId();
  const regions = useId();
  const own = state.profiles.find(({ name }) => (name ?? '') === profile);

  const submit = async (): Promise<void> => {
    const choice: ConnectionChoice =
      kind === 'local'
        ? { kind }
        : {
            kind,
            profile: profile || null,
            region: region.trim() || null,
            role: role.trim() || null,
            bucket: bucket.trim() || null,
            fips: fips || null,
            dualstack: dualstack || null
          };
    await attempt(async () => onChosen(await server.connect(choice)));
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
        {kinds.map(value => (
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
                {state.profiles.map(({ name, way }) => (
                  <option key={name ?? ''} value={name ?? ''}>
                    {offered(trans, name, way)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <datalist id={regions}>
            {Object.entries(state.regions).flatMap(([partition, names]) =>
              names.map(name => (
                <option key={name} value={name} {...(partition !== 'aws' && { label: `${name} (${partition})` })} />
              ))
            )}
          </datalist>
          <Field label={trans.__('Region')} hint={trans.__("Empty: the profile's own.")}>
            {(id, hint) => (
              <input
                id={id}
                aria-describedby={hint}
                type="text"
                value={region}
                list={regions}
                placeholder={own?.region ?? 'us-east-1'}
                pattern="[a-z0-9\-]{1,32}"
                spellCheck={false}
                onChange={event => setRegion(event.target.value)}
              />
            )}
          </Field>
          <Field
            label={trans.__('Execution role')}
            hint={trans.__(
              'ARN of the role that jobs get. Empty: the role you work as (in Studio), else the domain’s.'
            )}
          >
            {(id, hint) => (
              <input
                id={id}
                aria-describedby={hint}
                type="text"
                value={role}
                placeholder={`arn:${partitionOf(state, region || own?.region)}:iam::…:role/…`}
                spellCheck={false}
                onChange={event => setRole(event.target.value)}
              />
            )}
          </Field>
          <details>
            <summary>{trans.__('More')}</summary>
            <Field label={trans.__('Bucket')} hint={trans.__('For code, data and artifacts. Empty: SageMaker’s own.')}>
              {(id, hint) => (
                <input
                  id={id}
                  aria-describedby={hint}
                  type="text"
                  value={bucket}
                  maxLength={63}
                  spellCheck={false}
                  onChange={event => setBucket(event.target.value)}
                />
              )}
            </Field>
            <div className="jp-sm-checks">
              <label>
                <input type="checkbox" checked={fips} onChange={event => setFips(event.target.checked)} />{' '}
                {trans.__('FIPS endpoints')}
              </label>
              <label>
                <input type="checkbox" checked={dualstack} onChange={event => setDualstack(event.target.checked)} />{' '}
                {trans.__('Endpoints with IPv6, too')}
              </label>
            </div>
          </details>
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

/** A profile, and where its keys come from. */
function offered(trans: Translate, name: string | null, way: string): string {
  const source = way.replace(/^role /, '');
  const words: Record<string, string> = {
    keys: trans.__('access keys'),
    sso: trans.__('IAM Identity Center'),
    login: trans.__('console sign-in'),
    process: trans.__('credential process'),
    'web identity': trans.__('web identity'),
    environment: trans.__('environment'),
    container: trans.__('container role'),
    instance: trans.__('instance role')
  };
  const from = words[source];
  const text = name ?? trans.__('Default credentials');
  if (from === undefined) {
    return text;
  }
  return source === way ? trans.__('%1 (%2)', text, from) : trans.__('%1 (role by %2)', text, from);
}

/** In which partition of AWS a region is. */
function partitionOf(state: ConnectionState, region: string | null | undefined): string {
  const found = Object.entries(state.regions).find(([, names]) => names.includes(region ?? ''));
  return found?.[0] ?? 'aws';
}
