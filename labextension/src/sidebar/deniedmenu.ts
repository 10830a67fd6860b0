/** Lines of menus for what is denied: dimmed, but not out of reach. */

import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Menu } from '@lumino/widgets';
import { whyDenied } from '../denied';
import type { DeniedDeed } from '../model';
import type { Translate } from '../views/text';

const DENIED = 'jp-sm-denied';

/** How such a line looks: few users ever see one. */
function look(): string {
  void import('../../style/sidebar/menus.css');
  return DENIED;
}

/** How a command looks whose deed may be denied. */
export function dimmed(
  trans: Translate,
  denialFor: (args: ReadonlyPartialJSONObject) => DeniedDeed | null
): Pick<CommandRegistry.ICommandOptions, 'caption' | 'className'> {
  return {
    caption: args => {
      const denial = denialFor(args);
      return denial ? whyDenied(trans, denial) : '';
    },
    className: args => (denialFor(args) ? look() : '')
  };
}

/** Tell the mouse and screen readers of the lines of an open menu whose deeds are denied; Lumino has no words for it. */
export function tellDenied({ contentNode, items }: Menu): void {
  items.forEach((item, index) => {
    const line = contentNode.children[index];
    if (line && item.className.split(' ').includes(DENIED)) {
      line.setAttribute('aria-disabled', 'true');
      line.setAttribute('aria-description', item.caption);
      line.setAttribute('title', item.caption);
    }
  });
}
