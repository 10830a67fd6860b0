/** What of the panel outlives a reload: filters, what is folded, what is selected, and which jobs are pinned. */

import type { Store } from '../stores';

export interface Saved {
  readonly filter: string;
  readonly toggled: Record<string, boolean>;
  readonly active: string | null;
  /** Sections of the panel that are folded. */
  readonly folded: string[];
  readonly jobFilter: string;
  /** Group of statuses that is shown of the jobs; empty: all. */
  readonly jobStatus: string;
  /** Ids of the jobs that stand first, for each connection. */
  readonly pins: Readonly<Record<string, readonly string[]>>;
  /** The form of the search for jobs, as it writes it. */
  readonly search: string;
}

export const NOTHING_SAVED: Saved = {
  filter: '',
  toggled: {},
  active: null,
  folded: [],
  jobFilter: '',
  jobStatus: '',
  pins: {},
  search: ''
};

const MOST = 1000;
const MOST_PINS = 50;

export class TreeState {
  private state = NOTHING_SAVED;
  private readonly listeners = new Set<() => void>();
  private changedHere = false;
  readonly restored: Promise<void>;

  constructor(private readonly store: Store<Saved> | null) {
    this.restored = store ? this.restore(store) : Promise.resolve();
  }

  /** The same object until something changes. */
  get(): Saved {
    return this.state;
  }

  set(change: Partial<Saved>): void {
    this.changedHere = true;
    this.state = { ...this.state, ...change };
    // A place that cannot be written is no reason to stop working: the tree is then as new after a reload.
    this.store?.save(this.state).catch(() => undefined);
    this.tell();
  }

  /** Fold or unfold; only the latest are remembered. */
  toggle(change: Readonly<Record<string, boolean>>): void {
    const kept = Object.entries(this.state.toggled).filter(([id]) => !(id in change));
    this.set({ toggled: Object.fromEntries([...kept, ...Object.entries(change)].slice(-MOST)) });
  }

  fold(section: string, folded: boolean): void {
    const others = this.state.folded.filter(name => name !== section);
    this.set({ folded: folded ? [...others, section] : others });
  }

  pin(connection: string, job: string, pinned: boolean): void {
    const others = (this.state.pins[connection] ?? []).filter(id => id !== job);
    const here = pinned ? [...others, job].slice(-MOST_PINS) : others;
    this.set({ pins: { ...this.state.pins, [connection]: here } });
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async restore(store: Store<Saved>): Promise<void> {
    let saved: unknown;
    try {
      saved = await store.fetch();
    } catch {
      return;
    }
    // What was done in the meantime is newer than what was saved.
    if (!this.changedHere) {
      this.state = parse(saved);
      this.tell();
    }
  }

  private tell(): void {
    for (const listener of [...this.listeners]) {
      listener();
    }
  }
}

/** What was saved, as far as it can be understood. */
export function parse(saved: unknown): Saved {
  const { filter, toggled, active, folded, jobFilter, jobStatus, pins, search } = (saved ?? {}) as Record<
    string,
    unknown
  >;
  return {
    filter: text(filter),
    toggled: Object.fromEntries(
      entries(toggled).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean')
    ),
    active: typeof active === 'string' ? active : null,
    folded: texts(folded),
    jobFilter: text(jobFilter),
    jobStatus: text(jobStatus),
    pins: Object.fromEntries(entries(pins).map(([connection, ids]) => [connection, texts(ids)])),
    search: text(search)
  };
}

function text(saved: unknown): string {
  return typeof saved === 'string' ? saved : '';
}

function texts(saved: unknown): string[] {
  return Array.isArray(saved) ? saved.filter(each => typeof each === 'string') : [];
}

function entries(saved: unknown): [string, unknown][] {
  return typeof saved === 'object' && saved !== null && !Array.isArray(saved) ? Object.entries(saved) : [];
}
