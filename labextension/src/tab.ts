/** A job in a tab of its own. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import { sagemakerIcon } from './icon';
import { LivePanel } from './live';
import { Watch, watchId } from './model';
import { ISageMaker } from './tokens';

export class JobTab extends MainAreaWidget<Panel> {
  private readonly live: LivePanel;

  constructor(
    sagemaker: ISageMaker,
    readonly watch: Watch
  ) {
    const page = new Panel();
    page.addClass('jp-sm-page');
    super({ content: page });
    this.live = new LivePanel({ sagemaker, watch });
    page.addWidget(this.live);
    const name = watch.key.at(-1) ?? '';
    this.id = tabId(watch);
    this.title.label = name;
    this.title.caption = captionOf(watch.kind, name, sagemaker.trans);
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

function captionOf(kind: string, name: string, trans: ISageMaker['trans']): string {
  switch (kind) {
    case 'tuning-jobs':
      return trans.__('Tuning job %1', name);
    case 'training-jobs':
      return trans.__('Training job %1', name);
    default:
      return trans.__('Compilation job %1', name);
  }
}

export function tabId(watch: Watch): string {
  return `jupyter-sm-ext:${watchId(watch)}`;
}
