/** The item of the status bar: plain DOM, for it is there from the start. */

import { type ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { sagemakerIcon } from '../icon';
import type { StatusText } from './text';

export class StatusItem extends Widget {
  private readonly button = document.createElement('button');
  private readonly words = document.createElement('span');
  private readonly signal = new Signal<this, void>(this);
  private said: StatusText | null = null;
  private wanted = true;

  constructor(onPress: () => void) {
    super();
    this.addClass('jp-sm-status');
    this.button.type = 'button';
    this.button.addEventListener('click', onPress);
    sagemakerIcon.element({ container: this.button.appendChild(document.createElement('span')), height: '14px' });
    this.button.append(this.words);
    this.node.append(this.button);
  }

  /** Whether there is anything to show. */
  get active(): boolean {
    return this.wanted && this.said !== null;
  }

  get activeChanged(): ISignal<this, void> {
    return this.signal;
  }

  /** Null: there is nothing to say, and so nothing to show. */
  say(said: StatusText | null): void {
    this.said = said;
    if (said) {
      this.words.textContent = said.text;
      this.button.title = said.title;
      this.button.dataset.tone = said.tone;
    }
    this.signal.emit();
  }

  /** Whether the user wants it. */
  want(wanted: boolean): void {
    this.wanted = wanted;
    this.signal.emit();
  }
}
