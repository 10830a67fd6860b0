/** How the keyboard goes through a tree, by the ARIA practices for tree views. */

import type { Item } from './tree';

export interface Move {
  /** What the keyboard is on now. */
  readonly active: string;
  /** What folds or unfolds with it. */
  readonly toggle?: Readonly<Record<string, boolean>>;
}

/** What a key does; null when it does nothing here. `page` is how many rows a page has. */
export function move(items: readonly Item[], active: string | null, key: string, page: number): Move | null {
  const index = items.findIndex(item => item.id === active);
  const current = items[index];
  const to = (wanted: number): Move | null => {
    const found = items[Math.max(0, Math.min(items.length - 1, wanted))];
    return found ? { active: found.id } : null;
  };
  switch (key) {
    case 'ArrowDown':
      return to(index + 1);
    case 'ArrowUp':
      return to(index - 1);
    case 'PageDown':
      return to(index + page);
    case 'PageUp':
      return to(index - page);
    case 'Home':
      return to(0);
    case 'End':
      return to(items.length - 1);
    case 'ArrowRight':
      if (current?.expanded === false) {
        return { active: current.id, toggle: { [current.id]: true } };
      }
      return current?.expanded ? to(index + 1) : null;
    case 'ArrowLeft':
      if (!current) {
        return null;
      }
      if (current.expanded) {
        return { active: current.id, toggle: { [current.id]: false } };
      }
      return current.parent === null ? null : { active: current.parent };
    case '*': {
      if (!current) {
        return null;
      }
      const siblings = items.filter(item => item.parent === current.parent && item.expanded !== null);
      return { active: current.id, toggle: Object.fromEntries(siblings.map(({ id }) => [id, true])) };
    }
    default:
      return null;
  }
}

/** The item to be on when the one that was is gone: its nearest that is still there. */
export function stay(items: readonly Item[], before: readonly Item[], active: string | null): string | null {
  if (active === null || items.some(item => item.id === active)) {
    return active;
  }
  const left = new Set(items.map(item => item.id));
  const index = before.findIndex(item => item.id === active);
  if (index < 0) {
    return active;
  }
  const next = before.slice(index + 1).find(item => left.has(item.id));
  const previous = before
    .slice(0, index)
    .reverse()
    .find(item => left.has(item.id));
  const level = before[index]?.level;
  const nearest = next && next.level === level ? next : (previous ?? next);
  return nearest?.id ?? null;
}

const PAUSE = 700; // ms between letters of one search

/** Finds rows by their first letters while somebody types. */
export class Typeahead {
  private typed = '';
  private last = -Infinity;

  /** Whether a space would go on with what is being typed. */
  typing(now: number): boolean {
    return this.typed !== '' && now - this.last <= PAUSE;
  }

  /** The index of what is meant, from the active one on; -1 if there is none. */
  next(labels: readonly string[], active: number, letter: string, now: number): number {
    const fresh = !this.typing(now);
    this.typed = (fresh ? '' : this.typed) + letter.toLowerCase();
    this.last = now;
    // The same letter again and again goes through all that begin with it.
    const first = this.typed.charAt(0);
    const same = this.typed === first.repeat(this.typed.length);
    const prefix = same ? first : this.typed;
    const start = same ? active + 1 : Math.max(0, active);
    for (let step = 0; step < labels.length; step += 1) {
      const index = (start + step) % labels.length;
      if (labels[index]?.toLowerCase().startsWith(prefix)) {
        return index;
      }
    }
    return -1;
  }
}
