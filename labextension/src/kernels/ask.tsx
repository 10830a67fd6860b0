/** Where to run: a space or profile, and the type of instance. */

import { type JSX, useEffect, useState } from 'react';
import { InstancePicker } from '../picker/picker';
import { Preflight } from '../picker/preflight';
import { keyMembers, usualInstance } from '../sidebar/requests';
import { type Answer, ask } from '../sidebar/dialog';
import { Message } from '../sidebar/message';
import { type ActionRequest, label, type Row } from '../sidebar/rows';
import type { ISageMaker } from '../tokens';
import { watchId, type Watch } from '../model';
import '../views/style';
import '../../style/forms/fields.css';

export type Wanted = Watch & Required<Pick<ActionRequest, 'options'>>;

export interface AskWhereOptions {
  readonly title: string;
  readonly accept: string;
  /** Row that is meant, if that is known. */
  readonly first: Watch | null;
}

export function askWhere(
  sagemaker: ISageMaker,
  rows: readonly Row[],
  { title, accept, first }: AskWhereOptions
): Promise<Answer<Wanted>> {
  return ask<Wanted>({
    title,
    cancel: sagemaker.trans.__('Cancel'),
    accept,
    draw: tell => <Where sagemaker={sagemaker} rows={rows} first={first} tell={tell} />
  });
}

interface WhereProps {
  readonly sagemaker: ISageMaker;
  readonly rows: readonly Row[];
  readonly first: Watch | null;
  readonly tell: (answer: Answer<Wanted>) => void;
}

function Where({ sagemaker, rows, first, tell }: WhereProps): JSX.Element {
  const { trans, server } = sagemaker;
  const [id, setId] = useState(() => {
    const meant = first && rows.find(row => watchId(row) === watchId(first));
    return watchId(meant ?? rows[0] ?? { kind: '', key: [] });
  });
  const row = rows.find(each => watchId(each) === id) ?? null;
  const [settings, setSettings] = useState<{ readonly id: string; readonly instance: string | null } | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [image, setImage] = useState('');
  const usual = row?.instance ?? (settings?.id === id ? settings.instance : null);
  const instance = chosen ?? usual;
  const preferred = sagemaker.settings.preferredInstance;

  useEffect(() => {
    let current = true;
    if (row?.instance === null) {
      server.describe(row).then(
        described => {
          if (current) {
            const given = usualInstance(row, described);
            setSettings({ id, instance: given });
            if (given === null) {
              setChosen(known => known ?? preferred);
            }
          }
        },
        // Then none is chosen yet; the server says what is wrong with that, if anything is.
        () => undefined
      );
    }
    return () => {
      current = false;
    };
  }, [server, preferred, row, id]);
  useEffect(() => {
    const options = {
      ...(chosen !== null && { InstanceType: chosen }),
      ...(image.trim() !== '' && { SageMakerImageArn: image.trim() })
    };
    tell(row && { kind: row.kind, key: row.key, options });
  }, [tell, row, chosen, image]);

  if (!row) {
    return (
      <Message
        tone="idle"
        text={trans.__('There is no space yet that could run a notebook.')}
        hint={trans.__('Create one in the SageMaker panel: New space.')}
      />
    );
  }
  const moves = row.kind === 'spaces' && row.state === 'running' && chosen !== null && chosen !== row.instance;
  const starts = row.state !== 'running' || moves;
  const request = {
    ...keyMembers(row),
    AppType: row.kind === 'spaces' ? (row.app_type ?? 'JupyterServer') : 'KernelGateway',
    AppName: 'default',
    ...(instance !== null && { ResourceSpec: { InstanceType: instance } })
  };
  return (
    <>
      <div className="jp-sm-field">
        <label htmlFor="jp-sm-where">{trans.__('Space or profile')}</label>
        <select
          id="jp-sm-where"
          value={id}
          onChange={event => {
            setId(event.target.value);
            setChosen(null);
          }}
        >
          {rows.map(each => (
            <option key={watchId(each)} value={watchId(each)}>
              {each.kind === 'spaces'
                ? trans.__('%1 — %2', label(each), each.text)
                : trans.__('%1 (profile, Studio Classic) — %2', label(each), each.text)}
            </option>
          ))}
        </select>
      </div>
      {moves && (
        <Message
          tone="busy"
          text={trans.__('Its app stops and starts again on %1.', chosen)}
          hint={trans.__('Its kernels and terminals end, and what is not saved is lost. Files stay.')}
        />
      )}
      <InstancePicker
        sagemaker={sagemaker}
        use="AppInstanceType"
        appType={request.AppType}
        value={instance}
        onChange={setChosen}
      />
      <details>
        <summary>{trans.__('Image')}</summary>
        <div className="jp-sm-field">
          <label htmlFor="jp-sm-image">{trans.__('ARN of a SageMaker image; the usual one if empty')}</label>
          <input
            id="jp-sm-image"
            value={image}
            spellCheck={false}
            autoComplete="off"
            onChange={event => setImage(event.target.value)}
          />
        </div>
      </details>
      {starts && <Preflight sagemaker={sagemaker} operation="CreateApp" request={request} />}
      <p className="jp-sm-of">
        {trans.__(
          'The notebook itself stays here. Files that it reads and writes, and its working directory, are the app’s.'
        )}
      </p>
    </>
  );
}
