/** Opening the quickstart notebook: the user's own copy if there is one, else a fresh one from the server. */

import type { Contents } from '@jupyterlab/services';
import type { Server } from './request';

const NAME = '01_quickstart.ipynb';
const FOLDER = 'notebooks';

/** Path of the notebook. Never overwrites one. */
export async function quickstartPath(contents: Contents.IManager, server: Pick<Server, 'quickstart'>): Promise<string> {
  const root = await entries(contents, '');
  const folder = root.some(({ name, type }) => name === FOLDER && type === 'directory');
  const all = folder ? [...root, ...(await entries(contents, FOLDER))] : root;
  const found = all.find(({ name }) => name === NAME);
  if (found) {
    return found.path;
  }
  const { name, content } = await server.quickstart();
  return (await contents.save(name, { type: 'notebook', format: 'json', content })).path;
}

async function entries(contents: Contents.IManager, folder: string): Promise<readonly Contents.IModel[]> {
  const listed = await contents.get(folder, { content: true });
  return listed.content as Contents.IModel[];
}
