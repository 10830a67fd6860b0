import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { Menu } from '@lumino/widgets';
import { CONNECT } from '../denied';
import { sagemakerIcon } from '../icon';
import { LazySidebar } from '../sidebar/lazy';
import { CommandIDs, IJobList, ISageMaker, ISidebar, IStudioTree } from '../tokens';
import { jobMenu } from './jobs';
import { commandFor } from './studio';
import { permitted, showFailure } from '../sidebar/failure';

export const sidebar: JupyterFrontEndPlugin<ISidebar> = {
  id: 'jupyter-sm-ext:sidebar',
  description: 'The SageMaker panel: connection, jobs and spaces.',
  autoStart: true,
  requires: [ISageMaker, IStudioTree, IJobList],
  optional: [ICommandPalette, ILayoutRestorer],
  provides: ISidebar,
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    studio: IStudioTree,
    jobs: IJobList,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): ISidebar => {
    const { server, source, trans } = sagemaker;
    const menu = (): ReturnType<typeof jobMenu> => jobMenu(app.commands, sagemaker, jobs);
    const panel = new LazySidebar(sagemaker, studio, jobs, {
      onCommand: command => void app.commands.execute(command),
      onDeed: (deed, watch) => void app.commands.execute(...commandFor(deed, watch)),
      onMenu: (at, back) => openContextMenu(app.contextMenu.menu, at, back),
      onNews: () => app.commands.notifyCommandChanged(CommandIDs.show),
      onJob: (command, { kind, key }) => void menu().then(() => app.commands.execute(command, { kind, key: [...key] })),
      onJobMenu: (job, at, back) => void menu().then(({ openMenu }) => openMenu(app.commands, job, at, back))
    });
    app.shell.add(panel, 'left', { rank: 600 });
    restorer?.add(panel, panel.id);

    interface Command {
      readonly label: string;
      readonly card?: string;
      /** Whether it is for those alone who may change something. */
      readonly connects?: true;
      readonly execute: () => Promise<void> | void;
    }
    const commands: Record<string, Command> = {
      [CommandIDs.show]: {
        label: trans.__('Show the SageMaker Panel'),
        execute: () => app.shell.activateById(panel.id)
      },
      [CommandIDs.quickstart]: {
        label: trans.__('Open the SageMaker Quickstart'),
        card: trans.__('Quickstart'),
        execute: async () => {
          const { quickstartPath } = await import('../quickstart');
          const path = await quickstartPath(app.serviceManager.contents, server);
          await app.commands.execute('docmanager:open', { path });
        }
      },
      [CommandIDs.search]: {
        label: trans.__('Search SageMaker Jobs'),
        execute: () => sagemaker.open({ kind: 'search', key: [] })
      },
      [CommandIDs.connectAWS]: {
        label: trans.__('Connect SageMaker to AWS…'),
        card: trans.__('Connect to AWS'),
        connects: true,
        execute: async () => {
          app.shell.activateById(panel.id);
          await panel.ask('connection');
        }
      },
      [CommandIDs.connectLocal]: {
        label: trans.__('Use the Local SageMaker Engine'),
        connects: true,
        execute: async () => {
          await server.connect({ kind: 'local' });
          source.refresh(true);
          panel.connectionChanged();
        }
      }
    };
    for (const [id, { label, card = label, connects, execute }] of Object.entries(commands)) {
      app.commands.addCommand(id, {
        label: args =>
          // Notebook 7 has no icon of the panel at which the number could stand.
          id === CommandIDs.show && panel.unseen > 0
            ? trans.__('%1 (%2 new)', label, panel.unseen)
            : args.isLauncher === true
              ? card
              : label,
        icon: sagemakerIcon,
        execute: async () => {
          try {
            if (!connects || (await permitted(sagemaker, label.replace(/…$/, ''), ...CONNECT))) {
              await execute();
            }
          } catch (error) {
            await showFailure(trans, label, error);
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('SageMaker') });
    }
    return panel;
  }
};

/** Open Lab's own context menu, for what others add to it is there too; and give the focus back when it closes. */
function openContextMenu(menu: Menu, at: HTMLElement, back: HTMLElement): void {
  const { left, bottom } = at.getBoundingClientRect();
  at.dispatchEvent(
    new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left, clientY: bottom, button: 2 })
  );
  if (menu.isAttached) {
    const closed = (): void => {
      menu.aboutToClose.disconnect(closed);
      back.focus();
    };
    menu.aboutToClose.connect(closed);
  }
}
