import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { Panel } from '@lumino/widgets';
import { denialOf } from '../denied';
import { sagemakerIcon } from '../icon';
import type { Args } from '../kernels/errands';
import { canHaveKernels } from '../kernels/possible';
import { loadOnce } from '../loadonce';
import { type Change, EVENT_SCHEMA, type Watch } from '../model';
import { dimmed } from '../sidebar/deniedmenu';
import { permitted, showFailure } from '../sidebar/failure';
import type { Row } from '../sidebar/rows';
import { watchOf } from '../sidebar/studio';
import { CommandIDs, ISageMaker, IStudioTree } from '../tokens';

const ITEM = 'sagemaker-where';

export const kernels: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:kernels',
  description: 'Kernels on apps: in the launcher and the kernel picker, and where a notebook runs in its toolbar.',
  autoStart: true,
  requires: [ISageMaker, IStudioTree],
  optional: [ICommandPalette, INotebookTracker, IToolbarWidgetRegistry],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    studio: IStudioTree,
    palette: ICommandPalette | null,
    notebooks: INotebookTracker | null,
    toolbars: IToolbarWidgetRegistry | null
  ) => {
    const { trans } = sagemaker;
    const { commands, serviceManager } = app;
    serviceManager.events.stream.connect((_, emission) => {
      if (emission.schema_id === EVENT_SCHEMA && (emission as unknown as Change).kind === 'kernels') {
        // Jupyter itself looks once a minute.
        void serviceManager.kernelspecs.refreshSpecs();
      }
    });

    const items = loadOnce(async () => new (await import('../kernels/toolbar')).Toolbars(app, sagemaker));
    toolbars?.addFactory<NotebookPanel>('Notebook', ITEM, notebook => {
      const place = new Panel();
      void items().then(made => {
        if (!notebook.isDisposed) {
          place.addWidget(made.itemFor(notebook));
        }
      });
      return place;
    });

    const errands = loadOnce(
      async () => new (await import('../kernels/errands')).Errands(app, sagemaker, studio, notebooks)
    );
    /** The row of the tree that a command is about, if it comes from the row's menu. */
    const rowOf = ({ selected }: Args): Row | null => (selected === true ? studio.selected : null);
    /** An app's kernels are reached as its page is; with none named, only who may only look is told at once. */
    const aimOf = (args: Args): [string, Watch] => ['open', rowOf(args) ?? watchOf(args) ?? { kind: '', key: [] }];
    const add = (id: string, errand: 'use' | 'add' | 'remove', short: string, long: string): void => {
      const title = long.replace(/…$/, '');
      commands.addCommand(id, {
        label: args => (args.selected === true ? short : long),
        icon: args => (args.selected === true ? undefined : sagemakerIcon),
        isVisible: args => {
          const row = rowOf(args);
          return args.selected !== true || (row !== null && canHaveKernels(row));
        },
        ...dimmed(trans, args => denialOf(sagemaker.source.denied, ...aimOf(args))),
        execute: async args => {
          try {
            // Which row is selected may change while the rest is loaded.
            const row = rowOf(args);
            if (await permitted(sagemaker, title, ...aimOf(args))) {
              await (await errands())[errand](args, row);
            }
          } catch (error) {
            await showFailure(trans, title, error);
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('SageMaker') });
    };
    add(CommandIDs.useKernel, 'use', trans.__('Run notebook here…'), trans.__('Run This Notebook on SageMaker…'));
    add(CommandIDs.addKernels, 'add', trans.__('Add its kernels…'), trans.__('Add Kernels of a SageMaker Space…'));
    add(CommandIDs.removeKernel, 'remove', trans.__('Remove kernel…'), trans.__('Remove a SageMaker Kernel…'));
  }
};
