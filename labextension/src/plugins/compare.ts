import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { CompareTab } from '../comparetab';
import { sagemakerIcon } from '../icon';
import { watchOf } from '../sidebar/studio';
import { showTab } from '../showtab';
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

    const open = async (names: readonly string[]): Promise<void> => {
      const [{ CompareTab }, { comparisonId, MOST_JOBS }] = await Promise.all([
        import('../comparetab'),
        import('../comparison')
      ]);
      if (names.length > MOST_JOBS) {
        throw new Error(trans.__('At most %1 jobs can be told apart in one plot.', MOST_JOBS));
      }
      const id = comparisonId(names);
      await showTab(
        app,
        labShell,
        tracker,
        tab => comparisonId(tab.names) === id,
        () => new CompareTab(sagemaker, names)
      );
    };
    const choose = async (first: string | null): Promise<void> => {
      const { askCompared } = await import('../sidebar/comparedialog');
      const names = await askCompared(sagemaker, jobs, first);
      if (names) {
        await open(names);
      }
    };
    /** One job, or none, asks for the others. */
    const run = async (names: readonly string[]): Promise<void> => {
      try {
        await (names.length > 1 ? open(names) : choose(names[0] ?? null));
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
    app.commands.addCommand(CommandIDs.compareWith, {
      label: trans.__('Compare with…'),
      isVisible: args => watchOf(args)?.kind === 'tuning-jobs',
      execute: args => run(watchOf(args)?.key ?? [])
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
