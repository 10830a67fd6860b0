/** An action of the server, followed to its end. */

import type { KernelAction, Snapshot } from '../model';
import { ACTIONS } from '../sidebar/studio';
import type { ISageMaker } from '../tokens';

/**
 * Resolves with the action when it is over.
 *
 * The source tells of every step; where the page loses its server meanwhile it goes on looking, and so does this.
 */
export function followed(
  { source }: Pick<ISageMaker, 'source'>,
  id: string,
  onStep: (action: KernelAction) => void
): Promise<KernelAction> {
  return new Promise((resolve, reject) => {
    let seen = false;
    let over = false;
    let leave = (): void => undefined;
    const end = (): void => {
      over = true;
      // The listener may be called before there is anything to leave.
      queueMicrotask(() => leave());
    };
    leave = source.subscribe(ACTIONS, ({ snapshot }) => {
      const action = over ? null : actionIn(snapshot, id);
      if (action) {
        seen = true;
        onStep(action);
        if (action.status !== 'Running') {
          end();
          resolve(action);
        }
      } else if (seen && !over && snapshot?.items && !snapshot.error) {
        end();
        reject(new Error('The server does not know this action any more.'));
      }
    });
  });
}

function actionIn(snapshot: Snapshot | null, id: string): KernelAction | null {
  const actions = (snapshot?.items ?? []) as readonly KernelAction[];
  return actions.find(action => action.id === id) ?? null;
}

/** What an action does now, in words. */
export function stepOf(action: KernelAction): string {
  const now = action.steps.find(({ state }) => state === 'running') ?? action.steps.at(-1);
  return now ? [now.text, now.detail].filter(Boolean).join(': ') : action.label;
}
