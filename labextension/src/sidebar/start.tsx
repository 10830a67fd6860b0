/** Which instance to start on, or to change to, with what is checked before. */

import { type JSX, useEffect, useState } from 'react';
import { InstancePicker } from '../picker/picker';
import { Preflight } from '../picker/preflight';
import type { ISageMaker } from '../tokens';
import { startRequest, usualInstance } from './requests';
import { type Answer, ask } from './dialog';
import { label, type Row } from './rows';

/** AWS's members of a ResourceSpec; empty: what the space's settings say. */
export type StartOptions = Readonly<Record<string, string>>;

interface ChooseProps {
  readonly sagemaker: ISageMaker;
  readonly row: Row;
  /** Another instance than the present one has to be chosen. */
  readonly change: boolean;
  readonly tell: (answer: Answer<StartOptions>) => void;
}

export function askInstance(sagemaker: ISageMaker, row: Row, change: boolean): Promise<Answer<StartOptions>> {
  const { trans } = sagemaker;
  const name = label(row);
  return ask<StartOptions>({
    title: change ? trans.__('Change the instance of %1', name) : trans.__('Start %1', name),
    cancel: trans.__('Cancel'),
    accept: change ? trans.__('Change instance') : trans.__('Start'),
    draw: tell => <Choose sagemaker={sagemaker} row={row} change={change} tell={tell} />
  });
}

function Choose({ sagemaker, row, change, tell }: ChooseProps): JSX.Element {
  const { trans, server, settings } = sagemaker;
  const [present, setPresent] = useState(row.instance);
  const [chosen, setChosen] = useState<string | null>(null);
  const instance = chosen ?? present;
  useEffect(() => {
    let current = true;
    server.describe(row).then(
      described => {
        if (current) {
          const usual = usualInstance(row, described);
          setPresent(known => known ?? usual);
          if (usual === null && !change) {
            setChosen(known => known ?? settings.preferredInstance);
          }
        }
      },
      // Then the picker begins with none chosen; starting without one leaves it to the server, which says what is wrong.
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [server, settings, row, change]);
  useEffect(() => {
    const nothingNew = change && (chosen === null || chosen === present);
    tell(nothingNew ? null : chosen === null ? {} : { InstanceType: chosen });
  }, [tell, change, chosen, present]);
  const runs = row.state === 'running' || row.state === 'starting';
  return (
    <>
      {change && runs && (
        <p>
          {trans.__(
            'Its app stops and starts again on the other instance: kernels and terminals end, what is not saved is lost, files stay.'
          )}
        </p>
      )}
      <InstancePicker
        sagemaker={sagemaker}
        use="AppInstanceType"
        appType={row.app_type}
        value={instance}
        onChange={setChosen}
      />
      <Preflight sagemaker={sagemaker} operation="CreateApp" request={startRequest(row, instance)} />
    </>
  );
}
