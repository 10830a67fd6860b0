/** Where what outlives a reload is kept. */

import { PageConfig } from '@jupyterlab/coreutils';
import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** Keeps one object. */
export interface Store<T extends object> {
  /** What was kept, by whichever version. */
  fetch(): Promise<unknown>;
  save(value: T): Promise<unknown>;
}

/** JupyterLab keeps it with the workspace; Notebook 7 has none, and there the browser does. */
export function storeFor<T extends object>(name: string, workspace: IStateDB | null): Store<T> {
  // Not in the namespace of the tabs' tracker: what is there and no tab is removed when the tabs are restored.
  const key = `jupyter-sm-ext-${name}:state`;
  return workspace ? inWorkspace(key, workspace) : inBrowser(key);
}

function inWorkspace<T extends object>(key: string, states: IStateDB): Store<T> {
  return {
    fetch: () => states.fetch(key),
    save: value => states.save(key, { ...value } as ReadonlyPartialJSONObject)
  };
}

/** Notebook 7 loads each of its pages anew. */
function inBrowser<T extends object>(key: string): Store<T> {
  const own = `${PageConfig.getBaseUrl()}:${key}`;
  const soon = Promise.resolve();
  return {
    fetch: () => soon.then((): unknown => JSON.parse(window.localStorage.getItem(own) ?? 'null')),
    save: value => soon.then(() => window.localStorage.setItem(own, JSON.stringify(value)))
  };
}
