/** The sidebar's place in the left bar; what is in it comes when it is first shown. */

import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Panel } from '@lumino/widgets';
import { sagemakerIcon } from '../icon';
import { loadOnce } from '../loadonce';
import type { ISageMaker, ISidebar } from '../tokens';
import type { JobList } from './joblist';
import type { Form, SidebarEvents, SidebarPanel } from './panel';
import type { StudioTree } from './studio';

const MOST = 99;

export class LazySidebar extends Panel implements ISidebar {
  private readonly lookedSignal = new Signal<this, void>(this);
  private content: SidebarPanel | null = null;
  private readonly load = loadOnce(async () => {
    const { SidebarPanel } = await import('./panel');
    this.content = new SidebarPanel(this.sagemaker, this.studio, this.list, this.events);
    this.addWidget(this.content);
    return this.content;
  });
  private news = 0;

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly studio: StudioTree,
    private readonly list: JobList,
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

  get looking(): boolean {
    return this.isVisible;
  }

  get looked(): ISignal<this, void> {
    return this.lookedSignal;
  }

  get unseen(): number {
    return this.news;
  }

  tell(news: number): void {
    const { trans } = this.sagemaker;
    const changed = news !== this.news;
    this.news = news;
    // The shell keeps the panel's id there, too.
    const dataset = { ...this.title.dataset };
    delete dataset['sm-news'];
    this.title.dataset = { ...dataset, ...(news > 0 && { 'sm-news': news > MOST ? `${MOST}+` : String(news) }) };
    this.title.caption =
      news > 0
        ? trans._n(
            'SageMaker: %1 job or app has ended since you looked',
            'SageMaker: %1 jobs or apps have ended since you looked',
            news
          )
        : trans.__('SageMaker');
    if (changed) {
      this.events.onNews();
    }
  }

  /** Open a form of the panel. */
  async ask(form: Form): Promise<void> {
    (await this.load()).ask(form);
  }

  /** The connection was switched elsewhere. */
  connectionChanged(): void {
    this.content?.connectionChanged();
  }

  protected override onBeforeShow(message: Message): void {
    super.onBeforeShow(message);
    void this.load();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.lookedSignal.emit();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      void this.load();
      this.lookedSignal.emit();
    }
  }
}
