/** What the server tells of Studio: rows with one plain status each, branches that may be out of reach, and actions. */

import type { components } from '../api';
import { type Snapshot, type Watch, watchId } from '../model';

type Schemas = components['schemas'];

/** A domain, a user profile, a space or an app, with one plain status. */
export type Row = Readonly<Schemas['StudioRow']>;
export type RowState = Row['state'];
export type Branch = Row['kind'];

/** Why the things of one kind cannot be listed. */
export type Problem = Readonly<Schemas['Problem']>;
export type Branches = Readonly<Partial<Record<Branch, Problem | null>>>;

/** Something that the server does for us, in steps, whether or not anybody looks. */
export type Action = Readonly<Schemas['Action']>;
/** What a delete takes with it, and the name to type before it is done, if it is grave. */
export type Consequences = Readonly<Schemas['Consequences']>;

export const BRANCHES: readonly Branch[] = ['domains', 'user-profiles', 'spaces', 'apps'];

export interface ActionRequest extends Watch {
  readonly action: string;
  readonly options?: Readonly<Record<string, string>>;
}

export function rowsOf(snapshot: Snapshot | null): readonly Row[] | null {
  return (snapshot?.items as readonly Row[] | undefined) ?? null;
}

export function branchesOf(snapshot: Snapshot | null): Branches {
  return (snapshot?.branches as Branches | undefined) ?? {};
}

/** Rows by their ids, with the apps inside them. */
export function byId(rows: readonly Row[]): ReadonlyMap<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) {
    found.set(watchId(row), row);
    for (const app of row.apps) {
      found.set(watchId(app), app);
    }
  }
  return found;
}

/** The newest action of each thing that has one. */
export function newestActions(actions: readonly Action[]): ReadonlyMap<string, Action> {
  const newest = new Map<string, Action>();
  for (const action of actions) {
    const id = watchId(action);
    const known = newest.get(id);
    if (!known || action.created >= known.created) {
      newest.set(id, action);
    }
  }
  return newest;
}

/** What a row is called: an app by what it is, and by whose it is where that is not above it. */
export function label(row: Row, alone = true): string {
  if (row.kind !== 'apps') {
    return row.name;
  }
  const own = row.name === 'default' ? (row.app_type ?? row.name) : `${row.name} (${row.app_type ?? ''})`;
  return alone ? `${row.key[2] ?? ''} / ${own}` : own;
}
