/** Does what a row's menu says; loaded when it is first asked for. */

import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Watch } from '../model';
import { CommandIDs, type ISageMaker } from '../tokens';
import type { Deed } from './deeds';
import { keyMembers, nounOf } from './requests';
import { isWeb, type Popup } from './opened';
import { askDelete } from './remove';
import { label, type Row } from './rows';
import { kindName } from './said';
import { askInstance } from './start';
import type { StudioTree } from './studio';
import { showFailure } from './failure';

export interface Surroundings {
  readonly sagemaker: ISageMaker;
  readonly studio: StudioTree;
  readonly commands: JupyterFrontEnd['commands'];
}

/** Do it; what goes wrong is shown, under the name of what was asked for. */
export async function perform(around: Surroundings, deed: Deed, row: Row, popup: Popup | null): Promise<void> {
  const { trans } = around.sagemaker;
  try {
    await doIt(around, deed, row, popup);
  } catch (error) {
    popup?.close();
    await showFailure(trans, trans.__('SageMaker: %1', label(row)), error);
  }
}

async function doIt({ sagemaker, studio, commands }: Surroundings, deed: Deed, row: Row, popup: Popup | null) {
  const target: Watch = { kind: row.kind, key: row.key };
  const create = async (noun: string, initial: object): Promise<void> => {
    await commands.execute(CommandIDs.create, { operation: `Create${noun}`, initial: { ...initial } });
  };
  switch (deed) {
    case 'open': {
      await open(sagemaker, row, popup);
      return;
    }
    case 'start':
    case 'change-instance': {
      // An app that failed is started again as it was; a space can go on any instance.
      const again = deed === 'start' && row.kind === 'apps';
      const options = again ? {} : await askInstance(sagemaker, row, deed === 'change-instance');
      if (options) {
        await studio.act({ action: deed, ...target, options });
      }
      return;
    }
    case 'stop':
      if (await confirmStop(sagemaker, row)) {
        await studio.act({ action: 'stop', ...target });
      }
      return;
    case 'delete':
      if (await askDelete(sagemaker, target, titleOf(sagemaker, row))) {
        await studio.act({ action: 'delete', ...target });
      }
      return;
    case 'dismiss': {
      const action = studio.actionOf(row);
      if (action) {
        await studio.dismiss(action);
      }
      return;
    }
    case 'update':
      await commands.execute(CommandIDs.create, { operation: `Update${nounOf(row.kind)}`, initial: keyMembers(row) });
      return;
    case 'copy-arn': {
      await copyArn(sagemaker, row);
      return;
    }
    case 'new-space': {
      await create('Space', {
        DomainId: row.domain,
        ...(row.kind === 'user-profiles' && {
          OwnershipSettings: { OwnerUserProfileName: row.name },
          SpaceSharingSettings: { SharingType: 'Private' }
        })
      });
      return;
    }
    case 'new-user-profile': {
      await create('UserProfile', { DomainId: row.domain });
      return;
    }
    case 'new-app': {
      // A user profile has JupyterLab in its spaces only: what it runs by itself are the kernels of Studio Classic.
      await create('App', { ...keyMembers(row), AppType: 'KernelGateway' });
      return;
    }
    case 'new-domain': {
      await create('Domain', {});
      return;
    }
  }
}

async function open(sagemaker: ISageMaker, row: Row, popup: Popup | null): Promise<void> {
  const { server, trans } = sagemaker;
  const url = await server.openUrl({ kind: row.kind, key: row.key });
  if (!isWeb(url)) {
    throw new Error(trans.__('The service gave an address that is no web page.'));
  }
  if (popup?.go(url)) {
    return;
  }
  const answer = await showDialog({
    title: trans.__('Open %1', label(row)),
    body: trans.__('Your browser let no new tab open by itself.'),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Open') })]
  });
  if (answer.button.accept) {
    window.open(url, '_blank', 'noopener');
  }
}

async function confirmStop({ trans }: ISageMaker, row: Row): Promise<boolean> {
  const answer = await showDialog({
    title: trans.__('Stop %1?', label(row)),
    body: trans.__('Its kernels and terminals end, and what is not saved is lost. Files stay.'),
    buttons: [Dialog.cancelButton({ label: trans.__('Keep running') }), Dialog.warnButton({ label: trans.__('Stop') })]
  });
  return answer.button.accept;
}

function titleOf({ trans }: ISageMaker, row: Row): string {
  return trans.__('Delete %1 %2?', kindName(trans, row.kind).toLowerCase(), label(row));
}

/** Put the ARN of a thing on the clipboard. */
export async function copyArn({ server, trans }: ISageMaker, watch: Watch): Promise<void> {
  const member = `${nounOf(watch.kind)}Arn`;
  const arn = (await server.describe({ kind: watch.kind, key: watch.key }))[member];
  if (typeof arn !== 'string') {
    throw new Error(trans.__('The service tells no ARN for it.'));
  }
  await copyText(trans, arn);
}

/** Put a text on the clipboard, and say so. */
export async function copyText(trans: ISageMaker['trans'], text: string, what = text): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No permission, or a page that is not secure: the older way works from a button's press.
    Clipboard.copyToSystem(text);
  }
  Notification.success(trans.__('Copied: %1', what), { autoClose: 3000 });
}
