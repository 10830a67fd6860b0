/** Opens the comparison of tuning jobs; asks which, if need be. */

import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import { comparisonId, MOST_JOBS } from './comparison';
import { CompareTab } from './comparetab';
import { showTab } from './showtab';
import { askCompared } from './sidebar/comparedialog';
import type { IJobList, ISageMaker } from './tokens';

export interface Comparing {
  readonly app: JupyterFrontEnd;
  readonly sagemaker: ISageMaker;
  readonly jobs: IJobList;
  readonly labShell: ILabShell | null;
  readonly tracker: WidgetTracker<CompareTab>;
}

/** One job, or none, asks for the others. */
export async function compareJobs(at: Comparing, named: readonly string[]): Promise<void> {
  const { app, sagemaker, jobs, labShell, tracker } = at;
  const { trans } = sagemaker;
  const names = named.length > 1 ? named : await askCompared(sagemaker, jobs, named[0] ?? null);
  if (!names) {
    return;
  }
  if (names.length > MOST_JOBS) {
    throw new Error(trans.__('At most %1 jobs can be told apart in one plot.', MOST_JOBS));
  }
  const id = comparisonId(names);
  const isIt = (tab: CompareTab): boolean => comparisonId(tab.names) === id;
  await showTab(app, labShell, tracker, isIt, () => new CompareTab(sagemaker, names));
}
