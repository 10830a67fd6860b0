import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { JobDeed } from '../sidebar/jobdeeds';
import { JobList } from '../sidebar/joblist';
import { watchOf } from '../sidebar/studio';
import { denialOf } from '../denied';
import { isStoppable } from '../model';
import { dimmed } from '../sidebar/deniedmenu';
import { permitted } from '../sidebar/failure';
import { CommandIDs, IJobList, ISageMaker, IStudioTree } from '../tokens';

/** Commands about one job, named by the arguments kind and key; a row's menu has them. */
export const jobs: JupyterFrontEndPlugin<IJobList> = {
  id: 'jupyter-sm-ext:jobs',
  description: 'What can be done with a job of the panel, and which jobs are pinned.',
  autoStart: true,
  requires: [ISageMaker, IStudioTree],
  provides: IJobList,
  activate: (app: JupyterFrontEnd, sagemaker: ISageMaker, studio: IStudioTree): IJobList => {
    const { trans } = sagemaker;
    const list = new JobList(studio.state);
    const { commands } = app;

    commands.addCommand(CommandIDs.pinJob, {
      label: args => {
        const job = watchOf(args);
        return job && list.isPinned(job) ? trans.__('Unpin') : trans.__('Pin');
      },
      isEnabled: args => watchOf(args) !== null,
      execute: args => {
        const job = watchOf(args);
        if (job) {
          list.pin(job, !list.isPinned(job));
        }
      }
    });
    const deeds: readonly (readonly [string, JobDeed, string])[] = [
      [CommandIDs.stopJob, 'stop', trans.__('Stop…')],
      [CommandIDs.deleteJob, 'delete', trans.__('Delete…')],
      [CommandIDs.copyJobName, 'copy-name', trans.__('Copy name')],
      [CommandIDs.copyJobArn, 'copy-arn', trans.__('Copy ARN')]
    ];
    for (const [command, deed, label] of deeds) {
      commands.addCommand(command, {
        label,
        isEnabled: args => watchOf(args) !== null,
        isVisible: args => deed !== 'stop' || isStoppable(list.find(watchOf(args))?.status ?? null),
        ...dimmed(trans, args => {
          const job = watchOf(args);
          return job && denialOf(sagemaker.source.denied, deed, job);
        }),
        execute: async args => {
          const job = watchOf(args);
          if (job && (await permitted(sagemaker, trans.__('SageMaker: %1', job.key.at(-1) ?? ''), deed, job))) {
            const { performOnJob } = await import('../sidebar/jobdeeds');
            await performOnJob(sagemaker, list, deed, job);
          }
        }
      });
    }
    return list;
  }
};
