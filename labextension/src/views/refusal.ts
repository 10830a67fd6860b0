/** Why a button that is denied does nothing, with the policy statement, and a way to try it all the same. */

import { whyDenied } from '../denied';
import type { DeniedDeed } from '../model';
import { h, setText, show } from './dom';
import type { Translate } from './text';

export class Refusal {
  readonly node: HTMLElement;
  private readonly text = h('span');
  private readonly statement = h('pre', { class: 'jp-sm-statementText' });
  private readonly permission: HTMLElement;
  private readonly again: HTMLButtonElement;
  private readonly close: HTMLButtonElement;
  private denial: DeniedDeed | null = null;

  constructor(
    private readonly trans: Translate,
    onTry: () => void,
    onClose: () => void
  ) {
    this.again = h('button', { type: 'button', class: 'jp-sm-button' }, trans.__('Try all the same'));
    this.close = h('button', { type: 'button', class: 'jp-sm-button' }, trans.__('Close'));
    this.permission = h('details', {}, h('summary', {}, trans.__('Policy statement')), this.statement);
    this.node = h(
      'div',
      { class: 'jp-sm-refusal', role: 'status', hidden: true },
      this.text,
      this.again,
      this.close,
      this.permission
    );
    const left = (then: () => void) => (): void => {
      show(this.node, false);
      then();
    };
    this.again.addEventListener('click', left(onTry));
    this.close.addEventListener('click', left(onClose));
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        left(onClose)();
      }
    });
  }

  /** What is denied now, if anything is. */
  update(denial: DeniedDeed | null): void {
    this.denial = denial;
    if (denial === null) {
      show(this.node, false);
      return;
    }
    setText(this.text, this.trans.__('%1.', whyDenied(this.trans, denial)));
    setText(this.statement, denial.statement ?? '');
    show(this.permission, denial.statement !== null);
    // It is not to be tried by who may only look: this server would refuse it, whatever IAM says.
    show(this.again, denial.action !== null);
  }

  /** Say it; returns whether there is anything to say. */
  show(): boolean {
    if (this.denial === null) {
      return false;
    }
    show(this.node, true);
    this.close.focus();
    return true;
  }
}
