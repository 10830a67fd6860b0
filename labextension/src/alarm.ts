/** One thing to be done later: the soonest of the times at which it was asked for. */

/** Time, and whether anybody can see the page; replaced in tests. */
export interface Surroundings {
  now(): number;
  setTimeout(call: () => void, milliseconds: number): number;
  clearTimeout(timer: number): void;
  visible(): boolean;
}

export class Alarm {
  private timer: number | null = null;
  private due = Infinity;

  constructor(
    private readonly around: Surroundings,
    private readonly ring: () => void
  ) {}

  /** Ring in so many milliseconds, unless it rings earlier anyway. */
  set(pause: number): void {
    const due = this.around.now() + pause;
    if (due < this.due) {
      this.clear();
      this.due = due;
      this.timer = this.around.setTimeout(() => {
        this.timer = null;
        this.due = Infinity;
        this.ring();
      }, pause);
    }
  }

  clear(): void {
    if (this.timer !== null) {
      this.around.clearTimeout(this.timer);
      this.timer = null;
    }
    this.due = Infinity;
  }
}
