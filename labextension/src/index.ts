/** The plugins. This chunk is loaded with the lab: what draws anything comes when it is first needed. */

import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget, showErrorMessage, WidgetTracker } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { type ReadonlyPartialJSONObject, UUID } from '@lumino/coreutils';
import { DisposableDelegate } from '@lumino/disposable';
import { type Panel, TabPanel } from '@lumino/widgets';
import { sagemakerIcon } from './icon';
import { placeOf, RANK, rendererFactory } from './mime/renderer';
import { type Change, EVENT_SCHEMA, type Watch, watchId } from './model';
import { Server } from './request';
import { LazySidebar } from './sidebar/lazy';
import { LiveSource } from './source';
import { CommandIDs, ISageMaker, NAMESPACE } from './tokens';

const core: JupyterFrontEndPlugin<ISageMaker> = {
  id: 'jupyter-sm-ext:core',
  description: "The server extension's REST API and the page's one source of live snapshots.",
  autoStart: true,
  optional: [ITranslator],
  provides: ISageMaker,
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): ISageMaker => {
    const { serviceManager } = app;
    const server = new Server(serviceManager.serverSettings);
    const source = new LiveSource(
      server,
      {
        now: () => performance.now(),
        setTimeout: (call, milliseconds) => window.setTimeout(call, milliseconds),
        clearTimeout: timer => window.clearTimeout(timer),
        random: () => Math.random(),
        visible: () => !document.hidden
      },
      UUID.uuid4()
    );
    document.addEventListener('visibilitychange', () => source.visibilityChanged());
    window.addEventListener('pagehide', () => source.dispose());
    serviceManager.events.stream.connect((_, emission) => {
      if (emission.schema_id === EVENT_SCHEMA) {
        source.changed(emission as unknown as Change);
      }
    });
    return {
      server,
      source,
      trans: (translator ?? nullTranslator).load('jupyter_sm_ext'),
      open: async watch => {
        await app.commands.execute(CommandIDs.open, { kind: watch.kind, key: [...watch.key] });
      }
    };
  }
};

const panels: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:plugin',
  description: 'Draws the live panels of jobs in notebooks and wherever else outputs are shown.',
  autoStart: true,
  requires: [ISageMaker, IRenderMimeRegistry],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    rendermime: IRenderMimeRegistry,
    registry: ISettingRegistry | null
  ) => {
    let saves = true;
    if (registry) {
      void registry.load(panels.id).then(
        settings => {
          const read = (): void => {
            saves = settings.get('saveNotebook').composite !== false;
          };
          settings.changed.connect(read);
          read();
        },
        (error: unknown) =>
          void showErrorMessage(sagemaker.trans.__('The settings of SageMaker cannot be read'), String(error))
      );
    }
    rendermime.addFactory(rendererFactory(sagemaker, null), RANK);
    // A renderer of a notebook's own knows the notebook, and comes before the one above.
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (widget, context) => {
        const own = rendermimeOf(widget);
        own?.addFactory(
          rendererFactory(
            sagemaker,
            placeOf(context, () => saves)
          ),
          RANK
        );
        return new DisposableDelegate(() => undefined);
      }
    });
  }
};

/** The rendermime of a notebook, read without a dependency on the notebook's package. */
function rendermimeOf(widget: object): IRenderMimeRegistry | null {
  const content = 'content' in widget ? widget.content : null;
  return typeof content === 'object' && content && 'rendermime' in content
    ? (content.rendermime as IRenderMimeRegistry)
    : null;
}

const tabs: JupyterFrontEndPlugin<void> = {
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
    const tracker = new WidgetTracker<MainAreaWidget<Panel> & { readonly watch: Watch }>({ namespace: NAMESPACE });
    app.commands.addCommand(CommandIDs.open, {
      label: sagemaker.trans.__('Open SageMaker job'),
      icon: sagemakerIcon,
      execute: async (args: ReadonlyPartialJSONObject) => {
        const watch = { kind: args.kind as string, key: args.key as string[] };
        let tab = tracker.find(open => watchId(open.watch) === watchId(watch));
        if (!tab) {
          const { JobTab } = await import('./tab');
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

const sidebar: JupyterFrontEndPlugin<void> = {
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
          const { quickstartPath } = await import('./quickstart');
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

export default [core, panels, tabs, sidebar] satisfies JupyterFrontEndPlugin<unknown>[];
