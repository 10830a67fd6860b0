import { type JSX, useEffect, useMemo, useState } from 'react';
import type { ConnectionState, CreateSpaceRequest, DomainSummary, ServiceError } from '../model';
import type { JSONSchema } from '../request';
import { Message } from '../sidebar/message';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { Field } from './field';
import { accelerator, families, memberSchema } from './schema';

const INSTANCE_TYPE = ['SpaceSettings', 'JupyterLabAppSettings', 'DefaultResourceSpec', 'InstanceType'] as const;
const USUAL = 'ml.t3.medium';

type InstanceType = NonNullable<
  NonNullable<
    NonNullable<NonNullable<CreateSpaceRequest['SpaceSettings']>['JupyterLabAppSettings']>['DefaultResourceSpec']
  >['InstanceType']
>;

export interface SpaceFormProps {
  readonly sagemaker: ISageMaker;
  readonly connection: ConnectionState | null;
  readonly onDone: () => void;
}

/** A new private JupyterLab space. */
export function SpaceForm({ sagemaker, connection, onDone }: SpaceFormProps): JSX.Element {
  const { server, trans } = sagemaker;
  const [schema, setSchema] = useState<JSONSchema | null>(null);
  /** Null: not known yet. */
  const [domains, setDomains] = useState<readonly DomainSummary[] | null>(null);
  const [name, setName] = useState('');
  const [domain, setDomain] = useState('');
  const [instance, setInstance] = useState(USUAL);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const connectionId = connection?.id;
  const connectionState = connection?.state;

  useEffect(() => {
    let current = true;
    const fail = (error: unknown): void => {
      if (current) {
        setProblem(asServiceError(error));
      }
    };
    server.schema('CreateSpace').then(found => {
      if (current) {
        setSchema(found);
      }
    }, fail);
    server.domains().then(all => {
      if (current) {
        setDomains(all);
        setDomain(all[0]?.DomainId ?? '');
        setProblem(null);
      }
    }, fail);
    return () => {
      current = false;
    };
  }, [server, connectionId, connectionState]);

  const types = useMemo(() => (schema && memberSchema(schema, INSTANCE_TYPE)?.enum) ?? [], [schema]);
  const groups = useMemo(() => families(types), [types]);
  const named = schema && memberSchema(schema, ['SpaceName']);

  const submit = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const owner = connection?.user_profile_name;
    const request: CreateSpaceRequest = {
      DomainId: domain,
      SpaceName: name,
      ...(owner && {
        OwnershipSettings: { OwnerUserProfileName: owner },
        SpaceSharingSettings: { SharingType: 'Private' as const }
      }),
      SpaceSettings: {
        AppType: 'JupyterLab',
        // One of the schema's own values.
        JupyterLabAppSettings: { DefaultResourceSpec: { InstanceType: instance as InstanceType } }
      }
    };
    try {
      await server.createSpace(request);
      sagemaker.source.refresh();
      onDone();
    } catch (error) {
      setProblem(asServiceError(error));
      setBusy(false);
    }
  };

  return (
    <form
      className="jp-sm-form"
      aria-label={trans.__('New space')}
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field label={trans.__('Name')} hint={trans.__('Letters, digits and hyphens.')}>
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            type="text"
            value={name}
            required
            maxLength={named?.maxLength}
            pattern={named?.pattern?.replace(/^\^|\$$/g, '')}
            title={trans.__('Letters, digits and hyphens.')}
            spellCheck={false}
            onChange={event => setName(event.target.value)}
          />
        )}
      </Field>
      {domains && domains.length > 1 && (
        <Field label={trans.__('Domain')}>
          {id => (
            <select id={id} value={domain} onChange={event => setDomain(event.target.value)}>
              {domains.map(({ DomainId, DomainName }) => (
                <option key={DomainId} value={DomainId}>
                  {DomainName} ({DomainId})
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Field
        label={trans.__('Instance type')}
        {...(connection?.kind === 'local' && { hint: trans.__('Every type is simulated on this machine.') })}
      >
        {(id, hint) => (
          <select
            id={id}
            aria-describedby={hint}
            value={instance}
            disabled={types.length === 0}
            onChange={event => setInstance(event.target.value)}
          >
            {types.length === 0 && <option value={USUAL}>{USUAL}</option>}
            {groups.map(family => (
              <optgroup key={family.name} label={[family.name, accelerator(family.name)].filter(Boolean).join(' · ')}>
                {family.types.map(type => (
                  <option key={type} value={type}>
                    {type}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        )}
      </Field>
      {domains?.length === 0 && (
        <Message
          tone="bad"
          text={trans.__('There is no Studio domain on this connection.')}
          hint={trans.__('A space belongs to a domain: create one first.')}
        />
      )}
      {problem && <Message tone="bad" text={problem.message} hint={problem.hint ?? null} />}
      <div className="jp-sm-formButtons">
        <button type="submit" className="jp-sm-button jp-sm-primary" disabled={busy || domain === ''}>
          {busy ? trans.__('Creating…') : trans.__('Create space')}
        </button>
        <button type="button" className="jp-sm-button" onClick={onDone}>
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}
