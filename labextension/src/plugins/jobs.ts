import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Way } from '../model';
import { JobList } from '../sidebar/joblist';
import { watchOf } from '../sidebar/studio';
import { CommandIDs, IJobList, ISageMaker, IStudioTree } from '../tokens';

export const jobs: JupyterFrontEndPlugin<IJobList> = {
  id: 'jupyter-sm-ext:jobs',
  description: 'What can be done with a job, and which jobs are pinned.',
  autoStart: true,
  requires: [ISageMaker, IStudioTree],
  provides: IJobList,
  activate: (app: JupyterFrontEnd, sagemaker: ISageMaker, studio: IStudioTree): IJobList => {
    const list = new JobList(studio.state);
    app.commands.addCommand(CommandIDs.jobMenu, {
      label: sagemaker.trans.__('What can be done with a SageMaker job'),
      execute: async (args: ReadonlyPartialJSONObject) => {
        const job = watchOf(args);
        const back = document.activeElement instanceof HTMLElement ? document.activeElement : null;
        if (job) {
          const { openMenu } = await jobMenu(app.commands, sagemaker, list);
          openMenu(
            app.commands,
            { ...job, ways: (args.ways ?? []) as Way[] },
            { x: Number(args.x), y: Number(args.y) },
            back
          );
        }
      }
    });
    return list;
  }
};

/** Load the menu of a job. The commands that it has, which nothing else shows, are added with the first. */
export async function jobMenu(
  commands: JupyterFrontEnd['commands'],
  sagemaker: ISageMaker,
  list: JobList
): Promise<typeof import('../sidebar/jobmenu')> {
  const [menu, { addJobCommands }] = await Promise.all([
    import('../sidebar/jobmenu'),
    import('../sidebar/jobcommands')
  ]);
  addJobCommands(commands, sagemaker, list);
  return menu;
}
