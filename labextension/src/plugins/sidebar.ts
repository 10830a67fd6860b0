import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { sagemakerIcon } from '../icon';
import { LazySidebar } from '../sidebar/lazy';
import { CommandIDs, ISageMaker } from '../tokens';

export const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:sidebar',
  description: 'The SageMaker panel: connection, jobs and spaces.',
  autoStart: true,
  requires: [ISageMaker],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const { server, source, trans } = sagemaker;
    const panel = new LazySidebar(sagemaker, command => void app.commands.execute(command));
    app.shell.add(panel, 'left', { rank: 600 });
    restorer?.add(panel, panel.id);

    const commands: Record<string, { label: string; execute: () => Promise<void> | void }> = {
      [CommandIDs.show]: {
        label: trans.__('Show the SageMaker Panel'),
        execute: () => app.shell.activateById(panel.id)
      },
      [CommandIDs.quickstart]: {
        label: trans.__('Open the SageMaker Quickstart'),
        execute: async () => {
          const { quickstartPath } = await import('../quickstart');
          const path = await quickstartPath(app.serviceManager.contents, server);
          await app.commands.execute('docmanager:open', { path });
        }
      },
      [CommandIDs.newSpace]: {
        label: trans.__('New SageMaker Space…'),
        execute: async () => {
          app.shell.activateById(panel.id);
          await panel.ask('space');
        }
      },
      [CommandIDs.connectAWS]: {
        label: trans.__('Connect SageMaker to AWS…'),
        execute: async () => {
          app.shell.activateById(panel.id);
          await panel.ask('connection');
        }
      },
      [CommandIDs.connectLocal]: {
        label: trans.__('Use the Local SageMaker Engine'),
        execute: async () => {
          await server.connect({ kind: 'local' });
          source.refresh(true);
          panel.connectionChanged();
        }
      }
    };
    for (const [id, { label, execute }] of Object.entries(commands)) {
      app.commands.addCommand(id, {
        label,
        icon: sagemakerIcon,
        execute: async () => {
          try {
            await execute();
          } catch (error) {
            await showErrorMessage(label, error instanceof Error ? error.message : String(error));
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('SageMaker') });
    }
  }
};
