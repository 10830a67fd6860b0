/** Telling what has failed, finished or become better, through JupyterLab's own notifications. */

import { Notification } from '@jupyterlab/apputils';
import type { EndedThing, Overview } from '../model';
import type { Store } from '../stores';
import type { ISageMaker } from '../tokens';
import { type Memory, news, type Outcome, readMemory } from './told';

const BRIEF = 8000; // ms
const TYPES = { failed: 'error', finished: 'success', best: 'info' } as const;

export class Notices {
  private memory: Promise<Memory>;

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly store: Store<Memory>,
    private readonly onOpen: (thing: EndedThing | null) => void
  ) {
    // Memory that cannot be read is no reason to say nothing.
    this.memory = store.fetch().then(readMemory, () => ({}));
  }

  /** Tell what is new, each once. */
  take(overview: Overview): void {
    if (overview.state !== 'ready') {
      return;
    }
    const opened = overview.now - performance.now() / 1000;
    this.memory = this.memory.then(async known => {
      const found = news(overview, known, opened, outcome => this.wants(outcome));
      if (found.memory !== known) {
        await this.store.save(found.memory).catch(() => undefined);
      }
      if (found.tell.length > 0) {
        await this.tell(found.tell);
      }
      return found.memory;
    });
  }

  private wants(outcome: Outcome): boolean {
    const { notifyFailed, notifyFinished, notifyBest } = this.sagemaker.settings.get();
    return { failed: notifyFailed, finished: notifyFinished, best: notifyBest }[outcome];
  }

  private async tell(found: readonly EndedThing[]): Promise<void> {
    const { grouped, newsText } = await import('./news');
    const { trans } = this.sagemaker;
    for (const group of grouped(found)) {
      const [first, ...rest] = group;
      Notification.emit(newsText(trans, group), TYPES[first.outcome], {
        // A failure stays until somebody has seen it.
        autoClose: first.outcome === 'failed' ? false : BRIEF,
        actions: [{ label: trans.__('Open'), callback: () => this.onOpen(rest.length === 0 ? first : null) }]
      });
    }
  }
}
