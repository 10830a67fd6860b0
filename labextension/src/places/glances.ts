/**
 * Looking at what runs although nobody has a panel open: one glance now and then, ever more rarely while nothing
 * changes. A glance leases no watch, so the server polls for nobody; an event of a watch that somebody else leases
 * brings the next glance at once, answered from what that watch has seen. A hidden page does not glance.
 */

import { Alarm, type Surroundings } from '../alarm';
import type { Overview, ServiceError } from '../model';
import { NO_EXTENSION } from '../request';
import { asServiceError } from '../source';

export interface Glance {
  readonly overview: Overview | null;
  /** Why nothing newer can be had, if so. */
  readonly problem: ServiceError | null;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Pauses after a change, and at most. */
const LOCAL = { first: 5 * SECOND, longest: 30 * SECOND };
/** The engine leaves after an hour in which nobody asked: glances must not be what keeps it. */
const LOCAL_IDLE = { first: 10 * SECOND, longest: 120 * MINUTE };
/** Asking whether a sleeping engine sleeps reads one file. */
const ASLEEP = { first: 15 * SECOND, longest: 2 * MINUTE };
/** A glance costs AWS some seven calls. */
const AWS = { first: MINUTE, longest: 5 * MINUTE };
const PROBLEM = { first: 5 * SECOND, longest: 5 * MINUTE };
/** Between two glances, however many events come. */
const GAP = SECOND;

export class Glances {
  private glance: Glance = { overview: null, problem: null };
  private readonly alarm: Alarm;
  private looking = false;
  private again = false;
  private fresh = false;
  private lookedAt = -Infinity;
  private pause = 0;
  private started = false;

  constructor(
    private readonly take: (fresh: boolean) => Promise<Overview>,
    private readonly onGlance: (glance: Glance) => void,
    private readonly around: Surroundings
  ) {
    this.alarm = new Alarm(around, () => void this.look());
  }

  start(): void {
    this.started = true;
    this.schedule(0);
  }

  /** Something has happened; or somebody wants to know it `fresh`, not as it was when somebody looked last. */
  soon(fresh = false): void {
    this.fresh ||= fresh;
    this.pause = 0;
    if (this.looking) {
      this.again = true;
    } else {
      this.schedule(Math.max(GAP / 4, this.lookedAt + GAP - this.around.now()));
    }
  }

  visibilityChanged(): void {
    if (!this.around.visible()) {
      this.alarm.clear();
    } else if (this.started && !this.absent) {
      // Who comes back wants to know what happened; who flips through tabs need not ask each time.
      this.schedule(Math.max(0, this.lookedAt + 10 * GAP - this.around.now()));
    }
  }

  dispose(): void {
    this.started = false;
    this.alarm.clear();
  }

  private get absent(): boolean {
    return this.glance.problem?.code === NO_EXTENSION;
  }

  private schedule(pause: number): void {
    if (this.started && !this.looking && !this.absent && this.around.visible()) {
      this.alarm.set(pause);
    }
  }

  private async look(): Promise<void> {
    this.looking = true;
    const { glance: before, fresh } = this;
    this.fresh = false;
    try {
      this.glance = { overview: await this.take(fresh), problem: null };
    } catch (error) {
      // What ran is not known to have ended.
      this.glance = { overview: before.overview, problem: asServiceError(error) };
    }
    this.looking = false;
    this.lookedAt = this.around.now();
    const same = contents(before) === contents(this.glance);
    if (this.started) {
      this.onGlance(this.glance);
    }
    const { first, longest } = pausesFor(this.glance);
    this.pause = same && this.pause > 0 ? Math.min(longest, this.pause * 2) : first;
    if (this.again) {
      this.again = false;
      this.soon();
    } else {
      this.schedule(this.pause);
    }
  }
}

function pausesFor({ overview, problem }: Glance): { readonly first: number; readonly longest: number } {
  if (problem || !overview || overview.state === 'unreachable' || overview.state === 'credentials') {
    return PROBLEM;
  }
  if (overview.state === 'asleep') {
    return ASLEEP;
  }
  return overview.kind === 'aws' ? AWS : overview.running.length > 0 ? LOCAL : LOCAL_IDLE;
}

function contents({ overview, problem }: Glance): string {
  return JSON.stringify([overview && { ...overview, now: 0 }, problem?.code]);
}
