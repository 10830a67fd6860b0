/** The words of notifications, and how many there are. */

import type { EndedThing } from '../model';
import type { Translate } from '../views/text';
import { name } from './text';

/** At most a few one by one; more of one outcome are told as a number. */
export function grouped(tell: readonly EndedThing[], most = 3): readonly (readonly [EndedThing, ...EndedThing[]])[] {
  const groups: [EndedThing, ...EndedThing[]][] = [];
  for (const outcome of ['best', 'finished', 'failed'] as const) {
    // The newest is told last, so that it lies on top.
    const [first, ...rest] = tell.filter(each => each.outcome === outcome).sort((a, b) => a.at - b.at);
    if (first && rest.length >= most) {
      groups.push([first, ...rest]);
    } else if (first) {
      groups.push([first], ...rest.map((each): [EndedThing] => [each]));
    }
  }
  return groups;
}

/** A notification about one thing, or about several that came together. */
export function newsText(trans: Translate, [first, ...rest]: readonly [EndedThing, ...EndedThing[]]): string {
  if (rest.length > 0) {
    const count = rest.length + 1;
    switch (first.outcome) {
      case 'failed':
        return trans.__('SageMaker: %1 jobs or apps have failed.', count);
      case 'finished':
        return trans.__('SageMaker: %1 jobs have finished.', count);
      case 'best':
        return trans.__('SageMaker: %1 new best trials.', count);
    }
  }
  const named = name(trans, first);
  switch (first.outcome) {
    case 'failed':
      return first.text === null ? trans.__('%1 has failed.', named) : trans.__('%1 has failed: %2', named, first.text);
    case 'finished':
      return trans.__('%1 has finished.', named);
    case 'best':
      return trans.__('%1 has a new best trial: %2', named, first.text ?? '');
  }
}
