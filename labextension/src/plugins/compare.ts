import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { CompareTab } from '../comparetab';
import { sagemakerIcon } from '../icon';
import { CommandIDs, IJobList, ISageMaker, NAMESPACE } from '../tokens';
import { showFailure } from '../sidebar/failure';

export const compare: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:compare',
  description: 'Compares tuning jobs in a tab.',
  autoStart: true,
  requires: [ISageMaker, IJobList],
  optional: [ICommandPalette, ILabShell, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    jobs: IJobList,
    palette: ICommandPalette | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null
  ) => {
    const { trans } = sagemaker;
    const tracker = new WidgetTracker<CompareTab>({ namespace: `${NAMESPACE}-comparisons` });

    const run = async (names: readonly string[]): Promise<void> => {
      try {
        const { compareJobs } = await import('../comparing');
        await compareJobs({ app, sagemaker, jobs, labShell, tracker }, names);
      } catch (error) {
        await showFailure(trans, trans.__('Compare tuning jobs'), error);
      }
    };

    app.commands.addCommand(CommandIDs.compare, {
      label: args =>
        args.isMenu === true ? trans.__('Compare tuning jobs…') : trans.__('Compare SageMaker Tuning Jobs…'),
      icon: args => (args.isMenu === true ? undefined : sagemakerIcon),
      execute: (args: ReadonlyPartialJSONObject) =>
        run(Array.isArray(args.names) ? [...new Set(args.names.map(String))] : [])
    });
    palette?.addItem({ command: CommandIDs.compare, category: trans.__('SageMaker'), args: { isPalette: true } });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.compare,
        args: ({ names }) => ({ names: [...names] }),
        name: ({ id }) => id
      });
    }
  }
};
