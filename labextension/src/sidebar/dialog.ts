/** A dialog that closes with its main button only when what is in it is complete. */

import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { JSX } from 'react';
import '../../style/dialogs.css';

/** What the body of a dialog has come to: null while it may not be accepted. */
export type Answer<T> = T | null;

export class DialogBody<T> extends ReactWidget implements Dialog.IBodyWidget<Answer<T>> {
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

class CompleteDialog<T> extends Dialog<Answer<T>> {
  constructor(
    private readonly content: DialogBody<T>,
    options: Partial<Dialog.IOptions<Answer<T>>>
  ) {
    super({ ...options, body: content });
    this.addClass('jp-sm-dialogPlace');
    const paint = (answer: Answer<T>): void => {
      const button = this.node.querySelector<HTMLButtonElement>('.jp-Dialog-button.jp-mod-accept');
      if (button) {
        button.disabled = answer === null;
      }
    };
    content.onAnswer = paint;
    paint(content.getValue());
  }

  override handleEvent(event: Event): void {
    const { target } = event;
    const searches = target instanceof HTMLInputElement && target.type === 'search';
    // Enter in a search chooses what was found; it is no answer to the dialog.
    if (searches && event instanceof KeyboardEvent && event.type === 'keydown' && event.key === 'Enter') {
      return;
    }
    if (event instanceof KeyboardEvent && event.type === 'keydown' && event.key === 'Tab' && !event.shiftKey) {
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
  }

  override resolve(index?: number): void {
    // The last button accepts, and so does Enter in a field.
    if ((index ?? 1) === 1 && this.content.getValue() === null) {
      return;
    }
    super.resolve(index);
  }
}

export interface AskOptions<T> {
  readonly title: string;
  readonly cancel: string;
  readonly accept: string;
  /** It destroys something: said by its colour, and Enter alone does not do it. */
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
    defaultButton: grave ? 0 : 1
  });
  const { button, value } = await dialog.launch();
  return button.accept ? value : null;
}
