/** A dialog for what went wrong. */

import { Clipboard, Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { asServiceError } from '../source';
import { h } from '../views/dom';
import type { Translate } from '../views/text';

/** Say what went wrong and what can be done about it; a policy statement that would help can be copied. */
export async function showFailure(trans: Translate, title: string, error: unknown): Promise<void> {
  const { message, hint, statement } = asServiceError(error);
  if (!statement) {
    await showErrorMessage(title, [message, hint].filter(Boolean).join('\n\n'));
    return;
  }
  const node = h(
    'div',
    {},
    h('p', {}, message),
    h('p', {}, hint ?? ''),
    h('pre', { class: 'jp-sm-statementText' }, statement)
  );
  const answer = await showDialog({
    title,
    body: new Widget({ node }),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Dismiss') }),
      Dialog.okButton({ label: trans.__('Copy policy statement') })
    ]
  });
  if (answer.button.accept) {
    Clipboard.copyToSystem(statement);
  }
}
