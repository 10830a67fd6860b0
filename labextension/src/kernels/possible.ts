/** Where a notebook can be taken to. */

import type { Row } from '../sidebar/rows';
import { label } from '../sidebar/tree';

/** Apps that are Jupyter Servers. */
const WITH_KERNELS: readonly (string | null)[] = ['JupyterLab', 'JupyterServer', 'KernelGateway'];

/** Spaces and profiles that can have kernels, those that run first. */
export function possible(rows: Iterable<Row>): readonly Row[] {
  const found = [...rows].filter(
    row =>
      (row.kind === 'spaces' && WITH_KERNELS.includes(row.app_type ?? 'JupyterServer') && row.state !== 'deleting') ||
      (row.kind === 'user-profiles' && row.state !== 'deleting')
  );
  const rank = (row: Row): number => (row.kind === 'spaces' ? 0 : 2) + (row.state === 'running' ? 0 : 1);
  return found.sort((one, other) => rank(one) - rank(other) || label(one).localeCompare(label(other)));
}
