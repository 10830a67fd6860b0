/** Makes a tab of whatever can be opened in one; loaded with the first. */

import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { Watch } from './model';
import { JobTab } from './tab';
import type { IJobList, ISageMaker } from './tokens';

/** The kind of what is no thing of SageMaker's: the search for jobs. */
const SEARCH = 'search';

export async function tabMaker(
  sagemaker: ISageMaker,
  jobs: IJobList,
  watch: Watch
): Promise<() => MainAreaWidget & { readonly watch: Watch }> {
  if (watch.kind !== SEARCH) {
    return () => new JobTab(sagemaker, watch);
  }
  const { SearchTab } = await import('./search/tab');
  return () => new SearchTab(sagemaker, jobs, watch);
}
