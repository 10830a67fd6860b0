/** News that nobody has looked at yet: how many there are, also after a reload. */

import type { Overview } from '../model';
import type { Store } from '../stores';
import type { ISidebar } from '../tokens';
import { type Memory, news, readMemory } from './told';

/** What was looked at, and how many news were left when a connection was seen last. */
export interface Looked {
  readonly seen: Memory;
  readonly left: Readonly<Record<string, number>>;
}

export interface Count {
  readonly looked: Looked;
  readonly count: number;
}

/**
 * What a look at an overview comes to. Where nothing is remembered, what ended before the page was opened is no news;
 * who is looking at the panel sees all that there is.
 */
export function counted(overview: Overview, looked: Looked, opened: number, looking: boolean): Count {
  const { connection } = overview;
  const { seen, left } = looked;
  if (overview.state !== 'ready') {
    // Nobody can tell what has become of it; a sleeping engine is not woken to be asked.
    return { looked, count: looking ? 0 : (left[connection] ?? 0) };
  }
  const ended = overview.ended.filter(({ outcome }) => outcome !== 'best');
  const known = looking ? overview : { ...overview, ended: ended.filter(({ at }) => at < opened) };
  const now = looking || !(connection in seen) ? news(known, seen, opened, () => false).memory : seen;
  const here = now[connection] ?? {};
  const count = ended.filter(({ id }) => !(id in here)).length;
  const same = now === seen && left[connection] === count;
  return { looked: same ? looked : { seen: now, left: { ...left, [connection]: count } }, count };
}

/** What was kept, if it is what this version keeps. */
export function readLooked(kept: unknown): Looked {
  const { seen, left } = (kept ?? {}) as Record<string, unknown>;
  const counts = typeof left === 'object' && left !== null ? Object.entries(left) : [];
  return {
    seen: readMemory(seen),
    left: Object.fromEntries(counts.filter((entry): entry is [string, number] => Number.isFinite(entry[1])))
  };
}

/** Keeps the number at the panel's icon. */
export class Unseen {
  private looked: Promise<Looked>;
  private last: Overview | null = null;
  private opened = 0;

  constructor(
    private readonly sidebar: ISidebar,
    private readonly store: Store<Looked>,
    private readonly wanted: () => boolean
  ) {
    // Memory that cannot be read is no reason to count nothing.
    this.looked = store.fetch().then(readLooked, () => readLooked(null));
    sidebar.looked.connect(() => this.again());
  }

  take(overview: Overview): void {
    this.last = overview;
    this.opened = overview.now - performance.now() / 1000;
    this.again();
  }

  /** Somebody has looked, or a setting has changed. */
  again(): void {
    this.looked = this.looked.then(async before => {
      if (!this.last) {
        return before;
      }
      const { looked, count } = counted(this.last, before, this.opened, this.sidebar.looking);
      this.sidebar.tell(this.wanted() ? count : 0);
      if (looked !== before) {
        await this.store.save(looked).catch(() => undefined);
      }
      return looked;
    });
  }
}
