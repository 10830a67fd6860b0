/** The jobs as this page sees them: which there are, and which are pinned. */

import { type JobItem, type Watch, watchId } from '../model';
import type { TreeState } from './state';

export class JobList {
  private items: readonly JobItem[] = [];
  private connection: string | null = null;

  constructor(readonly state: TreeState) {}

  /** Jobs that the panel shows now. */
  take(connection: string | null, items: readonly JobItem[]): void {
    this.connection = connection;
    this.items = items;
  }

  get all(): readonly JobItem[] {
    return this.items;
  }

  find(job: Watch | null): JobItem | null {
    const id = job && watchId(job);
    return this.items.find(item => watchId(item) === id) ?? null;
  }

  isPinned(job: Watch): boolean {
    return pinsOf(this.state, this.connection).includes(watchId(job));
  }

  pin(job: Watch, pinned: boolean): void {
    if (this.connection !== null) {
      this.state.pin(this.connection, watchId(job), pinned);
    }
  }
}

const NO_PINS: readonly string[] = [];

/** Ids of the jobs that are pinned on a connection. */
export function pinsOf(state: TreeState, connection: string | null): readonly string[] {
  return (connection === null ? null : state.get().pins[connection]) ?? NO_PINS;
}
