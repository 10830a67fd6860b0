import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { type Panel, TabPanel } from '@lumino/widgets';
import { sagemakerIcon } from '../icon';
import { type Watch, watchId } from '../model';
import { CommandIDs, ISageMaker, NAMESPACE } from '../tokens';

export const tabs: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:tabs',
  description: 'Opens a job in a tab.',
  autoStart: true,
  requires: [ISageMaker],
  optional: [ILabShell, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null
  ) => {
    const tracker = new WidgetTracker<MainAreaWidget<Panel> & { readonly watch: Watch }>({
      // Its restorer removes what is in its namespace and is no tab.
      namespace: `${NAMESPACE}-jobs`
    });
    app.commands.addCommand(CommandIDs.open, {
      label: sagemaker.trans.__('Open SageMaker job'),
      icon: sagemakerIcon,
      execute: async (args: ReadonlyPartialJSONObject) => {
        const watch = { kind: args.kind as string, key: args.key as string[] };
        let tab = tracker.find(open => watchId(open.watch) === watchId(watch));
        if (!tab) {
          const { JobTab } = await import('../tab');
          tab = new JobTab(sagemaker, watch);
          // Notebook 7 shows one document a page; its tabs are in the area below.
          if (!labShell) {
            tab.addClass('jp-sm-down');
          }
          app.shell.add(tab, labShell ? 'main' : 'down');
          await tracker.add(tab);
        }
        app.shell.activateById(tab.id);
        // Notebook 7 gives it the focus but leaves another tab in front.
        const stack = tab.parent?.parent;
        if (stack instanceof TabPanel) {
          stack.currentWidget = tab;
        }
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
