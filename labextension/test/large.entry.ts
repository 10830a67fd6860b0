/** A page with the view of a tuning job alone; `tests/benchmarks/large_view.py` measures it. */

import type { Snapshot } from '../src/model';
import { createView, english, type View } from '../src/views';

interface Page {
  view?: View;
  show(snapshot: Snapshot): Promise<number>;
}

/** Milliseconds until what was asked for is painted. */
function painted(): Promise<number> {
  const from = performance.now();
  return new Promise(resolve => {
    // Charts paint a frame after they were told, and those whose height changes one frame later.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - from)))
    );
  });
}

const page: Page = {
  show(snapshot) {
    if (!page.view) {
      page.view = createView('tuning-jobs', {
        trans: english,
        can: [],
        asks: null,
        onIntent: () => Promise.resolve()
      });
      document.body.append(page.view.node);
    }
    page.view.update({ snapshot });
    return painted();
  }
};

(globalThis as unknown as { page: Page }).page = page;
