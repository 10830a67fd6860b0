/** The views, and which of them draws which kind. They know only the DOM, and never fetch. */

import { AlgorithmView } from './algorithm';
import { CompilationView } from './compilation';
import { TrainingView } from './training';
import { TuningView } from './tuning';
import { View, ViewOptions } from './view';
import './style';

export { english } from './text';
export type { Intent, View, ViewOptions, ViewState } from './view';

const VIEWS: Readonly<Record<string, new (options: ViewOptions) => View>> = {
  'tuning-jobs': TuningView,
  'training-jobs': TrainingView,
  'compilation-jobs': CompilationView,
  algorithms: AlgorithmView
};

/** Kinds that have a view of their own. */
export function hasView(kind: string): boolean {
  return kind in VIEWS;
}

/** Throws a RangeError for a kind without a view. */
export function createView(kind: string, options: ViewOptions): View {
  const found = VIEWS[kind];
  if (!found) {
    throw new RangeError(`nothing draws ${kind}`);
  }
  return new found(options);
}
