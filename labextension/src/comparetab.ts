/** A comparison of tuning jobs in a tab of its own. */

import { comparisonId, LiveComparison } from './comparison';
import { LiveTab } from './tab';
import type { ISageMaker } from './tokens';

export class CompareTab extends LiveTab {
  constructor(
    sagemaker: ISageMaker,
    readonly names: readonly string[]
  ) {
    super(`jupyter-sm-ext:${comparisonId(names)}`, new LiveComparison({ sagemaker, names }));
    this.title.label = sagemaker.trans.__('Compare %1', names.join(', '));
    this.title.caption = sagemaker.trans.__('Comparison of the tuning jobs %1', names.join(', '));
  }
}
