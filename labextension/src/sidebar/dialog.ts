/** A dialog that closes with its main button only when what is in it is complete. */

import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { JSX } from 'react';
import '../../style/sidebar/dialogs.css';

/** What the body of a dialog has come to: null while it may not be accepted. */
export type Answer<T> = T | null;

class DialogBody<T> extends ReactWidget implements Dialog.IBodyWidget<Answer<T>> {
  private answer: Answer<T> = null;
  onAnswer: (answer: Answer<T>) => void = () => undefined;

  constructor(private readonly draw: (tell: (answer: Answer<T>) => void) => JSX.Element) {
    super();
    this.addClass('jp-sm');
    this.addClass('jp-sm-dialog');
  }

  getValue(): Answer<T> {
    return this.answer;
  }

  protected override render(): JSX.Element {
    return this.draw(this.tell);
  }

  private readonly tell = (answer: Answer<T>): void => {
    this.answer = answer;
    this.onAnswer(answer);
  };
}

const FOCUSABLE = ['input', 'select', 'textarea', 'button', 'a[href]', '[tabindex]:not([tabindex="-1"])']
  .map(one => `.jp-Dialog-body ${one}:not(:disabled)`)
  .join(', ');

/** Index of the button that accepts: the last of two. */
const ACCEPT = 1;

class CompleteDialog<T> extends Dialog<Answer<T>> {
  constructor(
    private readonly content: DialogBody<T>,
    options: Partial<Dialog.IOptions<Answer<T>>>
  ) {
    super({ ...options, body: content });
    this.addClass('jp-sm-dialogPlace');
    content.onAnswer = () => this.paint();
    this.paint();
    void this.ready.then(() => {
      // The button that Lab gives the focus to may be one that cannot take it yet.
      if (!this.node.contains(document.activeElement)) {
        this.node.querySelector<HTMLElement>('.jp-Dialog-button.jp-mod-reject')?.focus();
      }
    });
  }

  override handleEvent(event: Event): void {
    const { target } = event;
    const key = event instanceof KeyboardEvent && event.type === 'keydown' ? event.key : null;
    if (key === 'Enter' && target instanceof HTMLInputElement) {
      // In the picker it chooses what was found: no answer to the dialog. Elsewhere it accepts, if all is there.
      if (target.closest('.jp-sm-picker') === null) {
        event.preventDefault();
        event.stopPropagation();
        this.resolve(ACCEPT);
      }
      return;
    }
    if (key === 'Tab' && event instanceof KeyboardEvent && !event.shiftKey) {
      // Lab looked for the first field when the content was not drawn yet, and would go round the buttons for ever.
      const buttons = this.node.querySelectorAll('.jp-Dialog-footer button:not(:disabled)');
      if (document.activeElement === buttons[buttons.length - 1]) {
        event.preventDefault();
        event.stopPropagation();
        this.node.querySelector<HTMLElement>(FOCUSABLE)?.focus();
        return;
      }
    }
    super.handleEvent(event);
    if (event.type === 'input') {
      // Lab knows only of fields that are invalid, and has just enabled the button.
      this.paint();
    }
  }

  override resolve(index?: number): void {
    if ((index ?? ACCEPT) === ACCEPT && this.content.getValue() === null) {
      return;
    }
    super.resolve(index);
  }

  private paint(): void {
    const button = this.node.querySelector<HTMLButtonElement>('.jp-Dialog-button.jp-mod-accept');
    if (button) {
      button.disabled = this.content.getValue() === null;
    }
  }
}

export interface AskOptions<T> {
  readonly title: string;
  readonly cancel: string;
  readonly accept: string;
  /** It destroys something: said by its colour, and it is not the button that has the focus. */
  readonly grave?: boolean;
  readonly draw: (tell: (answer: Answer<T>) => void) => JSX.Element;
}

/** Ask, and return what was answered; null if it was turned down. */
export async function ask<T>({ title, cancel, accept, grave = false, draw }: AskOptions<T>): Promise<Answer<T>> {
  const dialog = new CompleteDialog<T>(new DialogBody(draw), {
    title,
    buttons: [
      Dialog.cancelButton({ label: cancel }),
      grave ? Dialog.warnButton({ label: accept }) : Dialog.okButton({ label: accept })
    ],
    defaultButton: grave ? 0 : ACCEPT
  });
  const { button, value } = await dialog.launch();
  return button.accept ? value : null;
}
