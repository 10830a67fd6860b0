/** Opening the quickstart notebook: the user's own copy if there is one, else a fresh one from the server. */

import type { Contents } from '@jupyterlab/services';
import type { Server } from './request';

const NAME = '01_quickstart.ipynb';
const PLACES = [NAME, `notebooks/${NAME}`];

/** Path of the notebook. Never overwrites one. */
export async function quickstartPath(contents: Contents.IManager, server: Server): Promise<string> {
  for (const path of PLACES) {
    try {
      return (await contents.get(path, { content: false })).path;
    } catch {
      // Not there: the next place.
    }
  }
  const { name, content } = await server.quickstart();
  return (await contents.save(name, { type: 'notebook', format: 'json', content })).path;
}
