/** Which trials the pointer or the user picked: one for all plots and the table of a view, so that they stay linked. */

import type { Trial } from './trials';

export class Picked {
  private readonly listeners = new Set<() => void>();
  private hover: Trial | null = null;
  private names: ReadonlySet<string> | null = null;

  /** The trial under the pointer, or under the keyboard's focus. */
  get hovered(): Trial | null {
    return this.hover;
  }

  /** Names of the chosen trials; null if all are. */
  get chosen(): ReadonlySet<string> | null {
    return this.names;
  }

  includes(trial: Trial): boolean {
    return this.names === null || this.names.has(trial.name);
  }

  point(trial: Trial | null): void {
    if (trial?.name !== this.hover?.name) {
      this.hover = trial;
      this.tell();
    }
  }

  choose(names: ReadonlySet<string> | null): void {
    if (names !== this.names) {
      this.names = names;
      this.tell();
    }
  }

  /** Hear of every change until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of [...this.listeners]) {
      listener();
    }
  }
}
