/** The rows of Studio where nobody looks at the tree. */

import type { Snapshot } from '../model';
import type { ISageMaker } from '../tokens';
import { type Row, rowsOf } from './rows';
import { STUDIO, type StudioTree } from './studio';

/** The rows there are now, by their ids. */
export async function knownRows({ source }: ISageMaker, tree: StudioTree): Promise<ReadonlyMap<string, Row>> {
  tree.takeRows(rowsOf(await look(source)) ?? []);
  return tree.rows;
}

function look(source: ISageMaker['source']): Promise<Snapshot> {
  return new Promise((resolve, reject) => {
    let leave = (): void => undefined;
    leave = source.subscribe(STUDIO, ({ snapshot, problem }) => {
      const error = snapshot?.error ?? problem;
      if (snapshot?.items || error) {
        // The listener may be called before there is anything to leave.
        queueMicrotask(() => leave());
        if (snapshot?.items) {
          resolve(snapshot);
        } else {
          reject(Object.assign(new Error(error?.message), error));
        }
      }
    });
  });
}
