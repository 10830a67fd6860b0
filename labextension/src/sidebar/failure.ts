/** A dialog for what went wrong. */

import { Clipboard, Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { asServiceError } from '../source';
import type { Translate } from '../views/text';

/** Say what went wrong and what can be done about it; a policy statement that would help can be copied. */
export async function showFailure(trans: Translate, title: string, error: unknown): Promise<void> {
  const { message, hint, statement } = asServiceError(error);
  const text = [message, hint].filter(Boolean).join('\n\n');
  if (!statement) {
    await showErrorMessage(title, text);
    return;
  }
  const answer = await showDialog({
    title,
    body: `${text}\n\n${statement}`,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Dismiss') }),
      Dialog.okButton({ label: trans.__('Copy policy statement') })
    ]
  });
  if (answer.button.accept) {
    Clipboard.copyToSystem(statement);
  }
}
