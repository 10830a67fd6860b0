import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { denialOf } from '../denied';
import type { Watch, Way } from '../model';
import { dimmed } from '../sidebar/deniedmenu';
import { JobMenu } from '../sidebar/jobmenu';
import { watchOf } from '../sidebar/studio';
import type { Steer } from '../steer';
import { CommandIDs, ISageMaker } from '../tokens';
import { permitted, showFailure } from '../sidebar/failure';

interface Words {
  readonly label: string;
  /** Of a job that this can be done with; the others have no such line in their menu. */
  readonly fits: (job: Watch, ways: readonly unknown[]) => boolean;
}

/** What follows from a job: commands with the arguments kind, key and, in a menu, the ways to follow it now. */
export const steering: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:steering',
  description: 'Clones, retries, warm starts and promotions of jobs; their code and their figures.',
  autoStart: true,
  requires: [ISageMaker],
  activate: (app: JupyterFrontEnd, sagemaker: ISageMaker) => {
    const { trans } = sagemaker;
    const { commands } = app;
    const menu = new JobMenu(commands);
    const way =
      (one: Way) =>
      (_: Watch, ways: readonly unknown[]): boolean =>
        ways.includes(one);
    const deeds: Readonly<Record<Steer, Words & { readonly command: string }>> = {
      clone: { command: CommandIDs.cloneJob, label: trans.__('Clone and edit…'), fits: way('clone') },
      retry: { command: CommandIDs.retryJob, label: trans.__('Try again…'), fits: way('retry') },
      'warm-start': {
        command: CommandIDs.warmStartJob,
        label: trans.__('Warm start from this…'),
        fits: way('warm-start')
      },
      promote: { command: CommandIDs.promoteBest, label: trans.__('Train with the best trial…'), fits: way('promote') },
      'copy-boto3': { command: CommandIDs.copyJobCode, label: trans.__('Copy as boto3'), fits: () => true },
      'copy-aws': { command: CommandIDs.copyJobCommand, label: trans.__('Copy as AWS CLI'), fits: () => true },
      'copy-dataframe': {
        command: CommandIDs.copyJobFrame,
        label: trans.__('Copy code for a DataFrame'),
        fits: measures
      },
      'save-figures': { command: CommandIDs.saveJobFigures, label: trans.__('Save as CSV'), fits: measures }
    };
    for (const [deed, { command, label, fits }] of Object.entries(deeds)) {
      commands.addCommand(command, {
        label,
        isEnabled: args => watchOf(args) !== null,
        isVisible: args => {
          const job = watchOf(args);
          return job !== null && fits(job, Array.isArray(args.ways) ? args.ways : []);
        },
        // The others open a form, which can be looked at and copied from whatever is denied.
        ...(deed === 'retry' &&
          dimmed(trans, args => {
            const job = watchOf(args);
            return job && denialOf(sagemaker.source.denied, 'create', { kind: job.kind, key: [] });
          })),
        execute: async args => {
          const job = watchOf(args);
          if (!job) {
            return;
          }
          const title = trans.__('SageMaker: %1', job.key.at(-1) ?? '');
          if (deed === 'retry' && !(await permitted(sagemaker, title, 'create', { kind: job.kind, key: [] }))) {
            return;
          }
          try {
            const { steer } = await import('../steer');
            await steer(sagemaker, deed as Steer, job);
          } catch (error) {
            await showFailure(trans, title, error);
          }
        }
      });
    }
    commands.addCommand(CommandIDs.jobMenu, {
      label: trans.__('What can be done with a SageMaker job'),
      execute: (args: ReadonlyPartialJSONObject) => {
        const job = watchOf(args);
        if (job) {
          const back = document.activeElement instanceof HTMLElement ? document.activeElement : null;
          menu.open({ ...job, ways: (args.ways ?? []) as Way[] }, { x: Number(args.x), y: Number(args.y) }, back);
        }
      }
    });
  }
};

/** Whether a kind of job has figures: trials, or learning curves. */
function measures({ kind }: Watch): boolean {
  return kind !== 'compilation-jobs';
}
