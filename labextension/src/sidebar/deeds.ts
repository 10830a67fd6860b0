/** What can be done with a row, and how its things are named to the server. */

import type { Watch } from '../model';
import type { Action, Row } from './rows';

/** What the server says that can be done with a row; it may come to know more than this page does. */
const OF_ROWS = ['open', 'start', 'stop', 'change-instance', 'update', 'delete'] as const;

export type Deed =
  (typeof OF_ROWS)[number] | 'copy-arn' | 'new-space' | 'new-user-profile' | 'new-app' | 'new-domain' | 'dismiss';

/** What can be done with a row now; while something is under way nothing is that would cross it. */
export function deedsOf(row: Row, action: Action | null): readonly Deed[] {
  const deeds: Deed[] = [];
  if (action?.status !== 'Running') {
    // An app is made by a form: it has members of its own that a space or a kernel picker does not.
    const known = OF_ROWS.filter(deed => row.actions.includes(deed));
    deeds.push(...known.filter(deed => deed !== 'start' || row.kind !== 'user-profiles'));
    const lives = row.state !== 'deleting' && row.state !== 'pending' && row.actions.length > 0;
    if (row.kind === 'domains' && lives) {
      deeds.push('new-space', 'new-user-profile');
    }
    if (row.kind === 'user-profiles' && lives) {
      deeds.push('new-app', 'new-space');
    }
  }
  deeds.push('copy-arn');
  if (action?.status === 'Failed') {
    deeds.push('dismiss');
  }
  return deeds;
}

/** What a deed does, in the server's words, and to what: what is new is made within something. */
export function aimOf(deed: Deed, row: Row | null): [string, Watch] {
  const domain = row?.domain ?? '';
  switch (deed) {
    case 'new-space':
      return ['create', { kind: 'spaces', key: [domain] }];
    case 'new-user-profile':
      return ['create', { kind: 'user-profiles', key: [domain] }];
    case 'new-app':
      return ['create', { kind: 'apps', key: [domain, 'profile', row?.name ?? ''] }];
    case 'new-domain':
      return ['create', { kind: 'domains', key: [] }];
    default:
      return [deed, row ?? { kind: '', key: [] }];
  }
}
