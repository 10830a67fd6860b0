/** Where the state of the tree is kept. */

import { PageConfig } from '@jupyterlab/coreutils';
import type { IStateDB } from '@jupyterlab/statedb';
import type { Store } from './state';

// Not in the namespace of the tabs' tracker: what is there and no tab is removed when the tabs are restored.
const KEY = 'jupyter-sm-ext-tree:state';

/** JupyterLab keeps it with the workspace. */
export function inWorkspace(states: IStateDB): Store {
  return {
    fetch: () => states.fetch(KEY),
    save: value => states.save(KEY, { ...value }) as Promise<unknown>
  };
}

/** Notebook 7 has no workspaces, and loads each of its pages anew: there the browser keeps it. */
export function inBrowser(): Store {
  const key = `${PageConfig.getBaseUrl()}:${KEY}`;
  const soon = Promise.resolve();
  return {
    fetch: () => soon.then((): unknown => JSON.parse(window.localStorage.getItem(key) ?? 'null')),
    save: value => soon.then(() => window.localStorage.setItem(key, JSON.stringify(value)))
  };
}
