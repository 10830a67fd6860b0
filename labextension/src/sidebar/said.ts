/** The words of the tree, for the eye and for a screen reader. */

import { clock, type Translate } from '../views/text';
import { progressOf } from './rowdeeds';
import { type Action, type Branch, label, type Row } from './rows';
import type { Item } from './tree';

export function branchName(trans: Translate, branch: Branch): string {
  switch (branch) {
    case 'domains':
      return trans.__('Domains');
    case 'user-profiles':
      return trans.__('User profiles');
    case 'spaces':
      return trans.__('Spaces');
    case 'apps':
      return trans.__('Apps');
  }
}

export function kindName(trans: Translate, kind: string): string {
  switch (kind) {
    case 'domains':
      return trans.__('Domain');
    case 'user-profiles':
      return trans.__('User profile');
    case 'spaces':
      return trans.__('Space');
    default:
      return trans.__('App');
  }
}

/** Whether others may use it, in a word; empty where that is no question. */
export function sharingWord(trans: Translate, { sharing }: Row): string {
  return sharing === 'Private' ? trans.__('private') : sharing === 'Shared' ? trans.__('shared') : (sharing ?? '');
}

/** What typing goes by. */
export function nameOf(trans: Translate, item: Item): string {
  switch (item.type) {
    case 'row':
      return label(item.row, item.level < 4);
    case 'group':
      return branchName(trans, item.branch);
    case 'note':
      return '';
  }
}

/** All that an item says, in one line for a screen reader. */
export function describe(trans: Translate, item: Item, action: Action | null): string {
  switch (item.type) {
    case 'row': {
      const { row } = item;
      const owner = row.kind === 'spaces' && row.owner ? trans.__('owner %1', row.owner) : '';
      const now =
        action?.status === 'Running'
          ? progressOf(action).text
          : action?.status === 'Failed'
            ? trans.__('%1 failed: %2', action.label, action.error?.message ?? '')
            : '';
      const parts = [
        trans.__('%1 %2', kindName(trans, row.kind), label(row, item.level < 4)),
        row.here ? trans.__('this place') : '',
        row.text,
        owner,
        sharingWord(trans, row),
        now
      ];
      return parts.filter(Boolean).join(', ');
    }
    case 'group':
      return item.count === null
        ? trans.__('%1, cannot be listed', branchName(trans, item.branch))
        : `${branchName(trans, item.branch)}, ${item.count}`;
    case 'note':
      if (!item.problem) {
        return item.branch === 'spaces' ? trans.__('No spaces.') : trans.__('No user profiles.');
      }
      return [
        trans.__('%1 cannot be listed.', branchName(trans, item.branch)),
        item.problem.action === null ? item.problem.message : trans.__('Missing permission: %1', item.problem.action),
        item.problem.updated === null ? '' : trans.__('Last updated: %1.', clock(item.problem.updated)),
        trans.__('Press Enter to try again.')
      ]
        .filter(Boolean)
        .join(' ');
  }
}
