/** What the server tells of Studio: rows with one plain status each, branches that may be out of reach, and actions. */

import { type ServiceError, type Snapshot, type Watch, watchId } from '../model';

export const BRANCHES = ['domains', 'user-profiles', 'spaces', 'apps'] as const;
export type Branch = (typeof BRANCHES)[number];

export type RowState =
  'running' | 'starting' | 'stopping' | 'stopped' | 'updating' | 'deleting' | 'failed' | 'pending' | 'ready';

/** What can be done with a row, by the server's word. */
export type RowAction = 'open' | 'start' | 'stop' | 'change-instance' | 'update' | 'delete';

/** A domain, a user profile, a space or an app. */
export interface Row extends Watch {
  readonly name: string;
  readonly domain: string;
  readonly owner: string | null;
  readonly sharing: string | null;
  readonly app_type: string | null;
  readonly state: RowState;
  /** The one plain status: "Running on ml.trn1.2xlarge". */
  readonly text: string;
  readonly instance: string | null;
  readonly reason: string | null;
  readonly apps: readonly Row[];
  readonly actions: readonly RowAction[];
}

/** Why the things of one kind cannot be listed. */
export interface Problem extends ServiceError {
  /** The IAM action that is missing: "sagemaker:ListSpaces". */
  readonly action: string | null;
}

export type Branches = Readonly<Partial<Record<Branch, Problem | null>>>;

export interface Step {
  readonly text: string;
  readonly state: 'done' | 'running' | 'waiting' | 'failed';
}

/** Something that the server does for us, in steps, whether or not anybody looks. */
export interface Action extends Watch {
  readonly id: string;
  readonly action: string;
  readonly label: string;
  readonly status: 'Running' | 'Succeeded' | 'Failed';
  readonly steps: readonly Step[];
  readonly error: ServiceError | null;
  readonly created: number;
  readonly ended: number | null;
}

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
