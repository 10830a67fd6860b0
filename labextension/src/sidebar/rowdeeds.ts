/** What the panel shows of deeds at its rows. */

import { denialOf } from '../denied';
import type { DeniedDeed } from '../model';
import { aimOf, type Deed } from './deeds';
import type { Action, Row } from './rows';

/** What Enter and a double click do; null: unfold it, if anything. */
export function usualDeed(row: Row, deeds: readonly Deed[]): Deed | null {
  if (row.kind === 'domains' || (row.kind === 'user-profiles' && row.apps.length > 0)) {
    return null;
  }
  return (['open', 'start'] as const).find(deed => deeds.includes(deed)) ?? null;
}

/** Why a deed cannot be done with a row; null if nothing is known against it. */
export function denialOn(denied: readonly DeniedDeed[], deed: Deed, row: Row): DeniedDeed | null {
  return denialOf(denied, ...aimOf(deed, row));
}

/** How far an action is: what it does now, and how many of its steps are done. */
export function progressOf(action: Action): { text: string; done: number; total: number } {
  const { steps } = action;
  const now = steps.find(step => step.state === 'running' || step.state === 'failed');
  const done = steps.filter(step => step.state === 'done').length;
  return { text: now?.text ?? steps.at(-1)?.text ?? action.label, done, total: steps.length };
}
