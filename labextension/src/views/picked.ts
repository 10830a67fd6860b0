/** Which trials the pointer or the user picked: one for all plots and the table of a view, so that they stay linked. */

import type { Trial } from './trials';

export class Picked {
  private readonly listeners = new Set<() => void>();
  private readonly choices = new Map<object, ReadonlySet<string>>();
  private hover: Trial | null = null;
  private names: ReadonlySet<string> | null = null;

  /** The trial under the pointer, or under the keyboard's focus. */
  get hovered(): Trial | null {
    return this.hover;
  }

  /** Names of the trials that everybody who chooses chose; null if nobody does. */
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

  /** Choose in the name of a chart or the table; null takes its choice back. */
  choose(by: object, names: ReadonlySet<string> | null): void {
    const before = this.choices.get(by) ?? null;
    if (names === null ? before !== null : !sameNames(before, names)) {
      if (names === null) {
        this.choices.delete(by);
      } else {
        this.choices.set(by, names);
      }
      this.join();
      this.tell();
    }
  }

  chooses(by: object): boolean {
    return this.choices.has(by);
  }

  /** Take everybody's choice back. */
  clear(): void {
    if (this.choices.size > 0) {
      this.choices.clear();
      this.join();
      this.tell();
    }
  }

  /** Hear of every change until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private join(): void {
    const [first, ...others] = this.choices.values();
    this.names =
      first === undefined || others.length === 0
        ? (first ?? null)
        : new Set([...first].filter(name => others.every(other => other.has(name))));
  }

  private tell(): void {
    for (const listener of [...this.listeners]) {
      listener();
    }
  }
}

function sameNames(one: ReadonlySet<string> | null, other: ReadonlySet<string>): boolean {
  return one?.size === other.size && [...other].every(name => one.has(name));
}
