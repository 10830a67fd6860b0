/** What the dialogs say of what went wrong, and of what was denied. */

import { Clipboard, Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { whyDenied } from '../denied';
import type { DeniedDeed } from '../model';
import { asServiceError } from '../source';
import { h } from '../views/dom';
import type { Translate } from '../views/text';

const COPY = 'copy';

/** Say what went wrong and what can be done about it; a policy statement that would help can be copied. */
export async function tellFailure(trans: Translate, title: string, error: unknown): Promise<void> {
  const { message, hint, statement } = asServiceError(error);
  if (!statement) {
    await showErrorMessage(title, [message, hint].filter(Boolean).join('\n\n'));
    return;
  }
  await showStatement(trans, title, [message, hint ?? ''], statement, []);
}

/** Say that something is denied, with the policy statement that allows it; returns whether to try it all the same. */
export async function tellDenial(trans: Translate, title: string, denial: DeniedDeed): Promise<boolean> {
  const ours = denial.action === null;
  const hint = ours
    ? trans.__('Whoever runs this Jupyter server can let you do more.')
    : trans.__('It was refused a short while ago. If somebody has changed the policies since, try it again.');
  const lines = [trans.__('%1.', whyDenied(trans, denial)), hint];
  const go = ours ? [] : [Dialog.okButton({ label: trans.__('Try all the same') })];
  const answer = await showStatement(trans, title, lines, denial.statement, go);
  return answer.accept && !answer.actions.includes(COPY);
}

async function showStatement(
  trans: Translate,
  title: string,
  lines: readonly string[],
  statement: string | null,
  more: readonly Dialog.IButton[]
): Promise<Dialog.IButton> {
  const node = h(
    'div',
    {},
    ...lines.map(line => h('p', {}, line)),
    statement !== null && h('pre', { class: 'jp-sm-statementText' }, statement)
  );
  const copy = Dialog.okButton({ label: trans.__('Copy policy statement'), actions: [COPY] });
  const { button } = await showDialog({
    title,
    body: new Widget({ node }),
    buttons: [Dialog.cancelButton({ label: trans.__('Dismiss') }), ...more, ...(statement === null ? [] : [copy])]
  });
  if (statement !== null && button.actions.includes(COPY)) {
    Clipboard.copyToSystem(statement);
  }
  return button;
}
