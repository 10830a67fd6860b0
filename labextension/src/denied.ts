/** What IAM has denied lately, as the server tells it with every snapshot, and what cannot be done for it. */

import type { DeniedDeed, Watch } from './model';
import type { Translate } from './views/text';

export const NOTHING_DENIED: readonly DeniedDeed[] = [];

/** Why something cannot be done to a thing; null if nothing is known against it. */
export function denialOf(denied: readonly DeniedDeed[], deed: string, { kind, key }: Watch): DeniedDeed | null {
  const fits = (each: DeniedDeed): boolean => each.key.every((part, index) => part === key[index]);
  return denied.find(each => each.kind === kind && each.deed === deed && fits(each)) ?? null;
}

/** Why a request cannot be sent; null if nothing is known against it. */
export function denialOfRequest(
  denied: readonly DeniedDeed[],
  operation: string,
  request: Readonly<Record<string, unknown>>
): DeniedDeed | null {
  const fits = (each: DeniedDeed): boolean =>
    Object.entries(each.request).every(([member, value]) => request[member] === value);
  return denied.find(each => each.operation === operation && fits(each)) ?? null;
}

export function whyDenied(trans: Translate, { action }: DeniedDeed): string {
  return trans.__('%1 is denied to you', action);
}

export interface Barred {
  readonly title?: string;
  readonly 'aria-disabled'?: 'true';
  readonly 'aria-description'?: string;
}

/**
 * Attributes of a button that may not do what it is there for. It can be reached and pressed all the same: then it is
 * told why, and the policy statement is at hand.
 */
export function barred(trans: Translate, denial: DeniedDeed | null, title?: string): Barred {
  if (denial === null) {
    return title === undefined ? {} : { title };
  }
  const why = whyDenied(trans, denial);
  return { title: why, 'aria-disabled': 'true', 'aria-description': why };
}
