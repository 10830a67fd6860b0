/** What of the tree outlives a reload: the filter, what is folded, and what is selected. */

import type { Store } from '../stores';

export interface Saved {
  readonly filter: string;
  readonly toggled: Record<string, boolean>;
  readonly active: string | null;
  /** Sections of the panel that are folded. */
  readonly folded: string[];
}

const MOST = 1000;

export class TreeState {
  private state: Saved = { filter: '', toggled: {}, active: null, folded: [] };
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
  const { filter, toggled, active, folded } = (saved ?? {}) as Record<string, unknown>;
  const entries = typeof toggled === 'object' && toggled !== null ? Object.entries(toggled) : [];
  return {
    filter: typeof filter === 'string' ? filter : '',
    toggled: Object.fromEntries(entries.filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean')),
    active: typeof active === 'string' ? active : null,
    folded: Array.isArray(folded) ? folded.filter(name => typeof name === 'string') : []
  };
}
