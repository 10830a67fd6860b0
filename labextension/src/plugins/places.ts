import { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import type { IDisposable } from '@lumino/disposable';
import { mayOnlyLook } from '../denied';
import { sagemakerIcon } from '../icon';
import { storeFor } from '../stores';
import { CommandIDs, ISageMaker, ISidebar } from '../tokens';

export const places: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:places',
  description: "Jupyter's own places: launcher, menu, keyboard, status bar, Running panel and notifications.",
  autoStart: true,
  requires: [ISageMaker],
  optional: [ICommandPalette, ILauncher, IStatusBar, IRunningSessionManagers, IStateDB, ILabShell, ISidebar],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    statusBar: IStatusBar | null,
    running: IRunningSessionManagers | null,
    states: IStateDB | null,
    labShell: ILabShell | null,
    sidebar: ISidebar | null
  ) => {
    const { trans } = sagemaker;
    const category = trans.__('SageMaker');
    const forms = [
      [
        CommandIDs.newTrainingJob,
        'CreateTrainingJob',
        trans.__('New training job'),
        trans.__('New SageMaker Training Job…')
      ],
      [
        CommandIDs.newTuningJob,
        'CreateHyperParameterTuningJob',
        trans.__('New tuning job'),
        trans.__('New SageMaker Tuning Job…')
      ],
      [
        CommandIDs.newCompilationJob,
        'CreateCompilationJob',
        trans.__('New compilation job'),
        trans.__('New SageMaker Compilation Job…')
      ],
      [CommandIDs.newAlgorithm, 'CreateAlgorithm', trans.__('New algorithm'), trans.__('New SageMaker Algorithm…')]
    ] as const;
    for (const [command, operation, short, long] of forms) {
      app.commands.addCommand(command, {
        label: args => (args.isPalette === true ? long : args.isLauncher === true ? short : `${short}…`),
        icon: args => (args.isMenu === true ? undefined : sagemakerIcon),
        execute: async () => {
          await app.commands.execute(CommandIDs.create, { operation });
        }
      });
      palette?.addItem({ command, category, args: { isPalette: true } });
    }
    const cards = [CommandIDs.quickstart, CommandIDs.newTrainingJob, CommandIDs.newSpace, CommandIDs.connectAWS];
    let shown: readonly IDisposable[] = [];
    const offer = (): void => {
      shown.forEach(card => card.dispose());
      shown = cards.flatMap((command, rank) => {
        // Lab's cards cannot be dimmed.
        const denied = command !== CommandIDs.quickstart && mayOnlyLook(sagemaker.source.denied);
        return launcher && !denied ? [launcher.add({ command, category, rank, args: { isLauncher: true } })] : [];
      });
    };
    offer();
    sagemaker.source.onDenied(offer);
    void app.restored.then(async () => {
      const { install } = await import('../places/install');
      install(app, sagemaker, {
        statusBar,
        running,
        store: storeFor('told', labShell && states),
        sidebar,
        looked: storeFor('looked', labShell && states)
      });
    });
  }
};
