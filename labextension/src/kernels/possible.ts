/** Where a notebook can be taken to. */

import { label, type Row } from '../sidebar/rows';

/** Apps that are Jupyter Servers. */
const WITH_KERNELS: readonly (string | null)[] = ['JupyterLab', 'JupyterServer', 'KernelGateway'];

/** Whether something can have kernels. */
export function canHaveKernels({ kind, app_type: type, state }: Row): boolean {
  // A space that says no type is one of Studio Classic.
  const jupyter = kind === 'user-profiles' || WITH_KERNELS.includes(type ?? 'JupyterServer');
  return kind !== 'domains' && jupyter && state !== 'deleting';
}

/** Spaces and profiles that can have kernels, those that run first. */
export function possible(rows: Iterable<Row>): readonly Row[] {
  const found = [...rows].filter(row => row.kind !== 'apps' && canHaveKernels(row));
  const rank = (row: Row): number => (row.kind === 'spaces' ? 0 : 2) + (row.state === 'running' ? 0 : 1);
  return found.sort((one, other) => rank(one) - rank(other) || label(one).localeCompare(label(other)));
}
