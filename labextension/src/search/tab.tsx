/** The search for jobs in a tab. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import { sagemakerIcon } from '../icon';
import type { Watch } from '../model';
import { tabId } from '../tab';
import type { IJobList, ISageMaker } from '../tokens';
import { SearchPage } from './page';

export class SearchTab extends MainAreaWidget<ReactWidget> {
  constructor(
    sagemaker: ISageMaker,
    jobs: IJobList,
    readonly watch: Watch
  ) {
    const content = ReactWidget.create(<SearchPage sagemaker={sagemaker} list={jobs} />);
    content.addClass('jp-sm-page');
    super({ content });
    this.id = tabId(watch);
    this.title.label = sagemaker.trans.__('Search jobs');
    this.title.caption = sagemaker.trans.__('Search SageMaker jobs');
    this.title.icon = sagemakerIcon;
    this.title.closable = true;
  }

  protected override onActivateRequest(): void {
    const focus = (): void => this.node.querySelector<HTMLElement>('input')?.focus();
    // A new tab is activated before it is drawn.
    void (this.content.renderPromise ?? Promise.resolve()).then(focus, focus);
  }
}
