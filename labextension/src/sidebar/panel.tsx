/** The SageMaker panel of the left bar. */

import type { JSX } from 'react';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { Message } from '@lumino/messaging';
import type { ISageMaker } from '../tokens';
import { Sidebar } from './sidebar';
import '../../style/views.css';
import '../../style/sidebar.css';

export type Form = 'connection' | 'space';

export class SidebarPanel extends ReactWidget {
  /** Form that shall be open, asked for by a command. */
  readonly asked = new Signal<this, Form>(this);
  readonly connectionSwitched = new Signal<this, void>(this);
  private waiting: Form | null = null;

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly onCommand: (command: string) => void
  ) {
    super();
    this.addClass('jp-sm-sidebarPanel');
  }

  ask(form: Form): void {
    this.waiting = form;
    this.asked.emit(form);
  }

  connectionChanged(): void {
    this.connectionSwitched.emit();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.update();
  }

  protected override render(): JSX.Element {
    const form = this.waiting;
    this.waiting = null;
    return (
      <Sidebar
        sagemaker={this.sagemaker}
        active={this.isVisible}
        firstForm={form}
        asked={this.asked}
        connectionSwitched={this.connectionSwitched}
        onCommand={this.onCommand}
      />
    );
  }
}
