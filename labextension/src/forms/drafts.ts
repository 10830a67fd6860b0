/** What was filled in and not sent yet: it outlives the tab and a reload of the page. */

import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { isRecord } from '../records';

const PAUSE = 300; // ms after the last key stroke

export interface Draft {
  readonly values: Readonly<Record<string, unknown>>;
  /** Whether all settings are shown, not only the first page. */
  readonly all: boolean;
}

/**
 * Drafts by key, in two places: this window's own, at once and in Notebook 7 too, where no state is kept; and
 * JupyterLab's, for a window that is opened tomorrow.
 */
export class Drafts {
  private readonly timers = new Map<string, number>();

  constructor(
    private readonly state: Pick<IStateDB, 'fetch' | 'save' | 'remove'> | null,
    private readonly near: Storage = window.sessionStorage
  ) {}

  async load(key: string): Promise<Draft | null> {
    const found = parsed(this.near.getItem(id(key)));
    if (isDraft(found)) {
      return found;
    }
    const kept = await this.state?.fetch(id(key));
    return isDraft(kept) ? kept : null;
  }

  save(key: string, draft: Draft): void {
    try {
      this.near.setItem(id(key), JSON.stringify(draft));
    } catch {
      // The browser's quota is used up: the other place has it in a moment.
    }
    window.clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      window.setTimeout(() => void this.state?.save(id(key), draft as unknown as ReadonlyPartialJSONValue), PAUSE)
    );
  }

  forget(key: string): void {
    window.clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.near.removeItem(id(key));
    void this.state?.remove(id(key));
  }
}

function id(key: string): string {
  // Not in the namespace of the tabs: what is in there and is no tab, their restorer removes.
  return `jupyter-sm-ext-drafts:${key}`;
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null | undefined;
  return isRecord(draft?.values) && typeof draft.all === 'boolean';
}
