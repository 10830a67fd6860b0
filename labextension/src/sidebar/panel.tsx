/** The SageMaker panel of the left bar. */

import type { JSX } from 'react';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { Message } from '@lumino/messaging';
import type { ISageMaker } from '../tokens';
import type { Watch } from '../model';
import type { Deed } from './deeds';
import type { JobList } from './joblist';
import type { MenuPlace } from './jobmenu';
import { Sidebar } from './sidebar';
import type { StudioTree } from './studio';
import '../views/style';
import '../../style/sidebar/panel.css';
import '../../style/sidebar/connection.css';
import '../../style/sidebar/jobs.css';
import '../../style/forms/fields.css';
import '../../style/sidebar/tree.css';

export type Form = 'connection';

/** What the panel asks the lab for. */
export interface SidebarEvents {
  readonly onCommand: (command: string) => void;
  readonly onDeed: (deed: Deed, watch: Watch | null) => void;
  /** Open the context menu of an element below it; the focus comes back to the other one when it closes. */
  readonly onMenu: (at: HTMLElement, back: HTMLElement) => void;
  /** The number of news that nobody has looked at is another one. */
  readonly onNews: () => void;
  readonly onJob: (command: string, job: Watch) => void;
  /** Open the menu of a job; the focus goes to the element when it closes. */
  readonly onJobMenu: (job: Watch, at: MenuPlace, back: HTMLElement) => void;
}

export class SidebarPanel extends ReactWidget {
  /** Form that shall be open, asked for by a command. */
  readonly asked = new Signal<this, Form>(this);
  readonly connectionSwitched = new Signal<this, void>(this);
  private waiting: Form | null = null;

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly studio: StudioTree,
    private readonly list: JobList,
    private readonly events: SidebarEvents
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
        studio={this.studio}
        list={this.list}
        events={this.events}
      />
    );
  }
}
