/**
 * What is denied: by IAM lately, or all that changes anything to who may only look on this server. The server tells it
 * with every snapshot and overview.
 */

import type { DeniedDeed, Watch } from './model';
import type { Translate } from './views/text';

export const NOTHING_DENIED: readonly DeniedDeed[] = [];

/** What changes nothing is open to all who may look. */
const HARMLESS: ReadonlySet<string> = new Set(['copy-arn', 'copy-name']);
const ANY = '*';

/** Why something cannot be done to a thing; null if nothing is known against it. */
export function denialOf(denied: readonly DeniedDeed[], deed: string, { kind, key }: Watch): DeniedDeed | null {
  const fits = (each: DeniedDeed): boolean =>
    [kind, ANY].includes(each.kind) &&
    [deed, ANY].includes(each.deed) &&
    each.key.every((part, index) => part === key[index]);
  return HARMLESS.has(deed) ? null : (denied.find(fits) ?? null);
}

/** Why a request cannot be sent; null if nothing is known against it. */
export function denialOfRequest(
  denied: readonly DeniedDeed[],
  operation: string,
  request: Readonly<Record<string, unknown>>
): DeniedDeed | null {
  const fits = (each: DeniedDeed): boolean =>
    [operation, ANY].includes(each.operation) &&
    Object.entries(each.request).every(([member, value]) => request[member] === value);
  return denied.find(fits) ?? null;
}

/** Whether this server lets the user change nothing at all. */
export function mayOnlyLook(denied: readonly DeniedDeed[]): boolean {
  return denied.some(({ action }) => action === null);
}

/** Another connection is chosen for this server and all of its kernels. */
export const CONNECT: readonly [string, Watch] = ['choose', { kind: 'connection', key: [] }];

export function whyDenied(trans: Translate, { action }: DeniedDeed): string {
  return action === null
    ? trans.__('You may look at SageMaker here, but not change anything')
    : trans.__('%1 is denied to you', action);
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
