/** The menu of the row of a job or an algorithm: whatever commands of this and of other plugins have to do with the job. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { Watch, Way } from '../model';
import { CommandIDs } from '../tokens';
import { tellDenied } from './deniedmenu';

/** Commands with the arguments kind and key; those that nobody has added, or that are not for the job, are left out. */
const COMMANDS: readonly (readonly string[])[] = [
  [CommandIDs.open, CommandIDs.trainWith, CommandIDs.compareWith, CommandIDs.pinJob],
  [CommandIDs.retryJob, CommandIDs.cloneJob, CommandIDs.warmStartJob, CommandIDs.promoteBest],
  [CommandIDs.saveJobFigures, CommandIDs.copyJobDataframe],
  [CommandIDs.copyJobCode, CommandIDs.copyJobCommand, CommandIDs.copyJobName, CommandIDs.copyJobArn],
  [CommandIDs.stopJob, CommandIDs.deleteJob]
];

export interface MenuPlace {
  readonly x: number;
  readonly y: number;
}

/** Whose menu it is. */
type Job = Watch & { readonly ways?: readonly Way[] };

/** Open it; the focus goes back to an element when it closes. */
export function openMenu(
  commands: JupyterFrontEnd['commands'],
  job: Job,
  { x, y }: MenuPlace,
  back: HTMLElement | null
): void {
  const menu = new MenuSvg({ commands });
  const args = { kind: job.kind, key: [...job.key], ways: [...(job.ways ?? [])], isMenu: true };
  for (const group of COMMANDS) {
    const shown = group.filter(id => commands.hasCommand(id) && commands.isVisible(id, args));
    if (shown.length > 0 && menu.items.length > 0) {
      menu.addItem({ type: 'separator' });
    }
    shown.forEach(command => menu.addItem({ command, args }));
  }
  menu.aboutToClose.connect(() => back?.focus());
  menu.open(x, y);
  tellDenied(menu);
}
