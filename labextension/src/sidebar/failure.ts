/** Dialogs for what went wrong, and for what would. They come when they are first needed. */

import { denialOf } from '../denied';
import type { DeniedDeed, Watch } from '../model';
import type { ISageMaker } from '../tokens';
import type { Translate } from '../views/text';

/** Say what went wrong and what can be done about it; a policy statement that would help can be copied. */
export async function showFailure(trans: Translate, title: string, error: unknown): Promise<void> {
  const { tellFailure } = await import('./refusals');
  await tellFailure(trans, title, error);
}

/** Whether to do something: not what was denied lately, unless somebody wants to try it all the same. */
export async function permitted(
  { source, trans }: ISageMaker,
  title: string,
  deed: string,
  thing: Watch
): Promise<boolean> {
  const denial = denialOf(source.denied, deed, thing);
  return denial === null || (await triedAllTheSame(trans, title, denial));
}

/** Say that something is denied, with the policy statement that allows it; returns whether to try it all the same. */
export async function triedAllTheSame(trans: Translate, title: string, denial: DeniedDeed): Promise<boolean> {
  const { tellDenial } = await import('./refusals');
  return tellDenial(trans, title, denial);
}
