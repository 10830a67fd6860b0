/** The sidebar's place in the left bar; what is in it comes when it is first shown. */

import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import { sagemakerIcon } from '../icon';
import type { ISageMaker } from '../tokens';
import type { Form, SidebarEvents, SidebarPanel } from './panel';
import type { StudioTree } from './studio';

export class LazySidebar extends Panel {
  private content: Promise<SidebarPanel> | null = null;

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly studio: StudioTree,
    private readonly events: SidebarEvents
  ) {
    super();
    this.id = 'jupyter-sm-ext-sidebar';
    this.addClass('jp-sm-sidebarPlace');
    this.title.icon = sagemakerIcon;
    this.title.caption = sagemaker.trans.__('SageMaker');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', sagemaker.trans.__('SageMaker'));
  }

  /** Open a form of the panel. */
  async ask(form: Form): Promise<void> {
    (await this.load()).ask(form);
  }

  /** The connection was switched elsewhere. */
  connectionChanged(): void {
    void this.content?.then(panel => panel.connectionChanged());
  }

  protected override onBeforeShow(message: Message): void {
    super.onBeforeShow(message);
    void this.load();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      void this.load();
    }
  }

  private load(): Promise<SidebarPanel> {
    this.content ??= import('./panel').then(({ SidebarPanel }) => {
      const panel = new SidebarPanel(this.sagemaker, this.studio, this.events);
      this.addWidget(panel);
      return panel;
    });
    return this.content;
  }
}
