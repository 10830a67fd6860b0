/** What is live, in a tab of its own. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import { Panel, type Widget } from '@lumino/widgets';
import { sagemakerIcon } from './icon';
import { LivePanel } from './live';
import { type Watch, watchId } from './model';
import type { ISageMaker } from './tokens';

/** Something that looks while it is looked at. */
export type Live = Widget & { start(): void; pause(): void };

export class LiveTab extends MainAreaWidget<Panel> {
  private readonly live: Live;

  constructor(id: string, live: Live) {
    const page = new Panel();
    page.addClass('jp-sm-page');
    super({ content: page });
    this.live = live;
    page.addWidget(live);
    this.id = id;
    this.title.icon = sagemakerIcon;
    this.title.closable = true;
  }

  // A tab that is not in sight does not count as looking.
  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.live.start();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.live.start();
    }
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.live.pause();
  }
}

/** A job, or an algorithm. */
export class JobTab extends LiveTab {
  constructor(
    sagemaker: ISageMaker,
    readonly watch: Watch
  ) {
    super(tabId(watch), new LivePanel({ sagemaker, watch }));
    const name = watch.key.at(-1) ?? '';
    this.title.label = name;
    this.title.caption = captionOf(watch.kind, name, sagemaker.trans);
  }
}

function captionOf(kind: string, name: string, trans: ISageMaker['trans']): string {
  switch (kind) {
    case 'tuning-jobs':
      return trans.__('Tuning job %1', name);
    case 'training-jobs':
      return trans.__('Training job %1', name);
    case 'algorithms':
      return trans.__('Algorithm %1', name);
    default:
      return trans.__('Compilation job %1', name);
  }
}

export function tabId(watch: Watch): string {
  return `jupyter-sm-ext:${watchId(watch)}`;
}
