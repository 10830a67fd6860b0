import type { Action, Problem, Row } from '../src/sidebar/rows';

export function row(kind: Row['kind'], key: string[], changes: Partial<Row> = {}): Row {
  return {
    kind,
    key,
    created: 0,
    modified: 0,
    here: false,
    summary: {},
    name: key.at(-1) ?? '',
    domain: key[0] ?? '',
    owner: null,
    sharing: null,
    app_type: null,
    state: 'ready',
    text: 'Ready',
    instance: null,
    reason: null,
    apps: [],
    actions: [],
    ...changes
  };
}

export const domain = (id: string, changes: Partial<Row> = {}): Row => row('domains', [id], changes);
export const profile = (name: string, changes: Partial<Row> = {}): Row => row('user-profiles', ['d-1', name], changes);
export const space = (name: string, changes: Partial<Row> = {}): Row =>
  row('spaces', ['d-1', name], { owner: 'me', sharing: 'Private', app_type: 'JupyterLab', ...changes });
export const app = (type: string, name: string, owner = 'profile/me'): Row =>
  row('apps', ['d-1', ...owner.split('/'), type, name], { app_type: type });

export const DENIED: Problem = {
  message: 'User is not authorized to perform: sagemaker:ListSpaces',
  code: 'AccessDeniedException',
  hint: null,
  action: 'sagemaker:ListSpaces',
  updated: null
};

export function action(changes: Partial<Action> = {}): Action {
  return {
    id: 'a1',
    action: 'start',
    kind: 'spaces',
    key: ['d-1', 'one'],
    label: 'Start one',
    connection: 'local',
    result: null,
    status: 'Running',
    steps: [],
    error: null,
    created: 100,
    ended: null,
    ...changes
  };
}
