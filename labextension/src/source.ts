/**
 * The page's one source of snapshots: it leases watches from the server's hub for everything that any panel shows, and
 * reads again what an event says has changed. It knows neither JupyterLab nor the DOM.
 */

import { Alarm, type Surroundings as Around } from './alarm';
import { NOTHING_DENIED } from './denied';
import { Change, type DeniedDeed, ServiceError, Snapshot, Watch, watchId } from './model';

/** How the source reaches the server. */
export interface Transport {
  /**
   * Renew the leases of all that this viewer looks at, and get what changed; `again`: what was denied may be allowed by
   * now.
   */
  look(viewer: string, watches: readonly WantedWatch[], seconds: number, again: boolean): Promise<readonly Snapshot[]>;
}

export interface WantedWatch extends Watch {
  readonly since: number | null;
}

/** Chance, too: keeps the pages of many users from asking in step. */
export interface Surroundings extends Around {
  random(): number;
}

export interface LiveState {
  readonly snapshot: Snapshot | null;
  /** Why nothing newer can be had from the server, if so. */
  readonly problem: ServiceError | null;
}

type Merge = typeof import('./merge').merge;

export type Listener = (state: LiveState) => void;

interface Entry {
  readonly watch: Watch;
  readonly listeners: Set<Listener>;
  snapshot: Snapshot | null;
  /** Take everything next time, not only what changed. */
  whole: boolean;
}

const LEASE = 60; // seconds
const RENEW = 30_000;
const COALESCE = 25; // ms: events of one look of the hub come together
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

export class LiveSource {
  private readonly entries = new Map<string, Entry>();
  private readonly onActs = new Set<() => void>();
  private readonly onDenials = new Set<() => void>();
  private known = NOTHING_DENIED;
  private trying = false;
  private readonly viewer: string;
  private readonly alarm: Alarm;
  private looking = false;
  private again = false;
  private failures = 0;
  private problem: ServiceError | null = null;
  private lookedAt = 0;
  private leased = false;

  constructor(
    private readonly transport: Transport,
    private readonly around: Surroundings,
    viewer: string
  ) {
    this.viewer = viewer;
    this.alarm = new Alarm(around, () => void this.look());
  }

  /**
   * Look at a thing until the returned function is called. The listener hears at once what is known, and then every
   * change.
   */
  subscribe(watch: Watch, listener: Listener): () => void {
    const id = watchId(watch);
    let entry = this.entries.get(id);
    if (!entry) {
      entry = { watch: { kind: watch.kind, key: [...watch.key] }, listeners: new Set(), snapshot: null, whole: true };
      this.entries.set(id, entry);
    }
    entry.listeners.add(listener);
    const { snapshot } = entry;
    if (snapshot || this.problem) {
      listener({ snapshot, problem: this.problem });
    }
    if (!snapshot) {
      this.schedule(this.failures === 0 ? 0 : FIRST_PAUSE);
    }
    return () => this.leave(id, listener);
  }

  /** The hub saw a change. */
  changed(change: Change): void {
    const entry = this.entries.get(watchId(change));
    if (!entry) {
      return;
    }
    const { snapshot } = entry;
    if (snapshot?.connection === change.connection && change.seq <= snapshot.seq && !this.looking) {
      // A read that was under way has brought it already; after a restart of the hub numbers only grow.
      return;
    }
    this.schedule(COALESCE);
  }

  /** Be told, until the returned function is called, when something was done on this page that changes what is there. */
  onAct(call: () => void): () => void {
    this.onActs.add(call);
    return () => this.onActs.delete(call);
  }

  /** What is denied, as far as the last answer told. */
  get denied(): readonly DeniedDeed[] {
    return this.known;
  }

  /** Be told, until the returned function is called, when something else is denied than before. */
  onDenied(call: () => void): () => void {
    this.onDenials.add(call);
    return () => this.onDenials.delete(call);
  }

  /** An answer has told what is denied; it is the same with all snapshots of one. */
  learnDenied(denied = NOTHING_DENIED): void {
    if (JSON.stringify(denied) !== JSON.stringify(this.known)) {
      this.known = denied;
      this.onDenials.forEach(call => call());
    }
  }

  /**
   * Something was done that changes what is watched: the connection was switched, a job was stopped. `whole`: somebody
   * wants to look anew, also at what was denied.
   */
  refresh(whole = false): void {
    this.onActs.forEach(call => call());
    for (const entry of this.entries.values()) {
      entry.whole ||= whole;
    }
    this.trying ||= whole;
    this.failures = 0;
    this.schedule(COALESCE);
  }

  /** The page was hidden or shown. */
  visibilityChanged(): void {
    if (this.around.visible()) {
      this.schedule(0);
    } else {
      // Nobody sees it: the hub need not look for us until somebody does.
      this.alarm.clear();
      this.release();
    }
  }

  dispose(): void {
    this.alarm.clear();
    this.entries.clear();
    this.release();
  }

  private leave(id: string, listener: Listener): void {
    const entry = this.entries.get(id);
    if (entry?.listeners.delete(listener) && entry.listeners.size === 0) {
      this.entries.delete(id);
      if (this.entries.size === 0) {
        this.alarm.clear();
        this.release();
      }
    }
  }

  /** Nobody here looks any more: the hub need not wait for the leases to end. */
  private release(): void {
    if (this.leased && !this.looking) {
      this.leased = false;
      // If it does not arrive, the leases end by themselves.
      this.transport.look(this.viewer, [], 0, false).catch(() => undefined);
    }
  }

  private schedule(pause: number): void {
    if (!this.around.visible() || this.entries.size === 0) {
      return;
    }
    if (this.looking) {
      this.again ||= pause <= COALESCE;
    } else {
      this.alarm.set(pause);
    }
  }

  private async look(): Promise<void> {
    const asked = [...this.entries.values()];
    if (asked.length === 0) {
      return;
    }
    // When leases have lapsed the hub may have forgotten what it told us.
    const lapsed = this.around.now() - this.lookedAt > LEASE * 1000;
    const wanted = asked.map(({ watch, snapshot, whole }) => ({
      ...watch,
      since: snapshot && !whole && !lapsed ? snapshot.seq : null
    }));
    this.looking = true;
    let answer: readonly Snapshot[] | null = null;
    let merge: Merge | null = null;
    const trying = this.trying;
    this.trying = false;
    try {
      const looked = this.transport.look(this.viewer, wanted, LEASE, trying);
      // Nothing is watched when a page opens: this comes with the first answer.
      [answer, { merge }] = await Promise.all([looked, import('./merge')]);
    } catch (error) {
      this.trying ||= trying;
      this.fail(error);
    }
    this.looking = false;
    if (answer && merge) {
      this.leased = true;
      this.lookedAt = this.around.now();
      this.take(asked, answer, merge);
    }
    if (this.entries.size === 0 || !this.around.visible()) {
      this.release();
    } else if (this.failures > 0) {
      const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.failures - 1));
      this.schedule(pause * (0.75 + this.around.random() / 2));
    } else {
      const waiting = [...this.entries.values()].some(entry => entry.snapshot === null);
      const soon = this.again || waiting;
      this.again = false;
      this.schedule(soon ? COALESCE : RENEW);
    }
  }

  private take(asked: readonly Entry[], answer: readonly Snapshot[], merge: Merge): void {
    const recovered = this.problem !== null;
    this.failures = 0;
    this.problem = null;
    const byId = new Map(answer.map(snapshot => [watchId(snapshot), snapshot]));
    for (const entry of asked) {
      const news = byId.get(watchId(entry.watch));
      if (!news) {
        continue;
      }
      const known = entry.snapshot;
      entry.whole = false;
      entry.snapshot = merge(known, news);
      const same = known?.connection === news.connection && known.seq === news.seq && !known.error && !news.error;
      if (!same || recovered) {
        this.tell(entry);
      }
    }
    this.learnDenied(answer[0]?.denied);
  }

  private fail(error: unknown): void {
    this.failures += 1;
    this.problem = asServiceError(error);
    for (const entry of this.entries.values()) {
      // The server may be another one when it is back.
      entry.whole = true;
      this.tell(entry);
    }
  }

  private tell(entry: Entry): void {
    for (const listener of [...entry.listeners]) {
      listener({ snapshot: entry.snapshot, problem: this.problem });
    }
  }
}

/** Any failure, in the shape in which the server tells of them. */
export function asServiceError(error: unknown): ServiceError {
  const told = error as Partial<ServiceError> | null;
  return {
    message: typeof told?.message === 'string' && told.message !== '' ? told.message : String(error),
    code: typeof told?.code === 'string' ? told.code : 'Unreachable',
    hint: typeof told?.hint === 'string' ? told.hint : null,
    ...(typeof told?.statement === 'string' && { statement: told.statement })
  };
}
