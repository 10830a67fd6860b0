/** What was filled in and not sent yet: it outlives the tab and a reload of the page. */

import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';

const PAUSE = 300; // ms after the last key stroke

export interface Draft {
  readonly values: Readonly<Record<string, unknown>>;
  /** Whether all settings are shown, not only the first page. */
  readonly all: boolean;
}

export class Drafts {
  private readonly known = new Map<string, Draft>();
  private readonly timers = new Map<string, number>();

  constructor(private readonly state: Pick<IStateDB, 'fetch' | 'save' | 'remove'> | null) {}

  async load(key: string): Promise<Draft | null> {
    const known = this.known.get(key);
    if (known) {
      return known;
    }
    const kept = await this.state?.fetch(id(key));
    return isDraft(kept) ? kept : null;
  }

  save(key: string, draft: Draft): void {
    this.known.set(key, draft);
    window.clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      window.setTimeout(() => void this.state?.save(id(key), draft as unknown as ReadonlyPartialJSONValue), PAUSE)
    );
  }

  forget(key: string): void {
    window.clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.known.delete(key);
    void this.state?.remove(id(key));
  }
}

function id(key: string): string {
  // Not in the namespace of the tabs: what is in there and is no tab, their restorer removes.
  return `jupyter-sm-ext-drafts:${key}`;
}

function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null | undefined;
  return typeof draft?.values === 'object' && typeof draft.all === 'boolean';
}
