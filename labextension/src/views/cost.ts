/** What a job costs: asked for again only when something happened to it, and counted on meanwhile. */

import type { JobCost } from '../model';
import { money, type Translate } from './text';

const PAUSE = 5000; // ms between two questions: trials may end faster than anybody reads amounts

export interface CostFact {
  readonly text: string;
  readonly title: string;
}

export class CostMeter {
  private cost: JobCost | null = null;
  private problem: string | null = null;
  private at = 0;
  private wanted: string | null = null;
  private answered: string | null = null;
  private asking = false;
  private timer = 0;
  /** When it may be asked for again. */
  private rested = 0;
  private disposed = false;

  constructor(
    private readonly trans: Translate,
    /** Null where nobody can tell. */
    private readonly ask: (() => Promise<JobCost>) | null,
    private readonly onAnswer: () => void
  ) {}

  /** Ask, if what the cost depends on is not as it was. */
  update(state: string): void {
    this.wanted = state;
    this.request();
  }

  /** What is to be shown now; null if nothing is. */
  fact(): CostFact | null {
    const { trans, cost } = this;
    if (cost === null) {
      return this.problem === null ? null : { text: trans.__('not known'), title: this.problem };
    }
    const title = [cost.message, cost.free ? null : trans.__('Instances at on-demand prices; storage is not in it.')]
      .filter(Boolean)
      .join('\n');
    if (cost.free) {
      return { text: trans.__('nothing: simulated here'), title };
    }
    if (cost.so_far === null) {
      return { text: trans.__('not known'), title };
    }
    const ran = ((cost.per_hour ?? 0) * (Date.now() - this.at)) / 3_600_000;
    const now = this.bound(cost.so_far + ran, cost);
    if (cost.projected === null) {
      return { text: cost.per_hour ? trans.__('%1 so far', now) : now, title };
    }
    if (cost.projected <= cost.so_far && !cost.per_hour) {
      return { text: now, title };
    }
    const end = money(Math.max(cost.projected, cost.so_far + ran), cost.currency);
    return { text: trans.__('%1 so far, about %2 in the end', now, end), title };
  }

  dispose(): void {
    this.disposed = true;
    window.clearTimeout(this.timer);
  }

  private bound(amount: number, { currency, complete, at_most: most }: JobCost): string {
    const { trans } = this;
    const text = money(amount, currency);
    if (complete) {
      return most ? trans.__('at most %1', text) : text;
    }
    return most ? trans.__('about %1', text) : trans.__('at least %1', text);
  }

  private request(): void {
    if (this.ask && !this.asking && this.wanted !== this.answered) {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.read(), Math.max(0, this.rested - Date.now()));
    }
  }

  private async read(): Promise<void> {
    if (!this.ask) {
      return;
    }
    const state = this.wanted;
    this.asking = true;
    try {
      this.cost = await this.ask();
      this.problem = null;
      this.at = Date.now();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.answered = state;
    this.asking = false;
    this.rested = Date.now() + PAUSE;
    if (!this.disposed) {
      this.onAnswer();
      this.request();
    }
  }
}
