import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { sagemakerIcon } from '../icon';
import { type Watch, watchId } from '../model';
import { showTab } from '../showtab';
import { CommandIDs, IJobList, ISageMaker, NAMESPACE } from '../tokens';

export const tabs: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:tabs',
  description: 'Opens a job, an algorithm or the search for jobs in a tab.',
  autoStart: true,
  requires: [ISageMaker, IJobList],
  optional: [ILabShell, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    jobs: IJobList,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null
  ) => {
    const tracker = new WidgetTracker<MainAreaWidget & { readonly watch: Watch }>({
      // Its restorer removes what is in its namespace and is no tab.
      namespace: `${NAMESPACE}-jobs`
    });
    app.commands.addCommand(CommandIDs.open, {
      label: args => (args.isMenu === true ? sagemaker.trans.__('Open') : sagemaker.trans.__('Open SageMaker job')),
      icon: args => (args.isMenu === true ? undefined : sagemakerIcon),
      execute: async (args: ReadonlyPartialJSONObject) => {
        const watch = { kind: args.kind as string, key: args.key as string[] };
        const { tabMaker } = await import('../opentab');
        const make = await tabMaker(sagemaker, jobs, watch);
        const isIt = (open: { readonly watch: Watch }): boolean => watchId(open.watch) === watchId(watch);
        await showTab(app, labShell, tracker, isIt, make);
      }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.open,
        args: ({ watch }) => ({ kind: watch.kind, key: [...watch.key] }),
        name: ({ watch }) => watchId(watch)
      });
    }
  }
};
