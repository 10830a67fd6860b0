import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';
import { type Change, EVENT_SCHEMA } from '../model';
import { Server } from '../request';
import { Settings } from '../settings';
import { LiveSource } from '../source';
import { CommandIDs, ISageMaker, NAMESPACE } from '../tokens';

/** The plugin whose schema has them. */
const SETTINGS = `${NAMESPACE}:plugin`;

export const core: JupyterFrontEndPlugin<ISageMaker> = {
  id: 'jupyter-sm-ext:core',
  description: "The server extension's REST API and the page's one source of live snapshots.",
  autoStart: true,
  optional: [ITranslator, ISettingRegistry, IStateDB],
  provides: ISageMaker,
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    state: IStateDB | null
  ): ISageMaker => {
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
    const trans = (translator ?? nullTranslator).load('jupyter_sm_ext');
    const settings = new Settings();
    registry?.load(SETTINGS).then(
      kept => settings.follow(kept),
      (error: unknown) => void showErrorMessage(trans.__('The settings of SageMaker cannot be read'), String(error))
    );
    return {
      server,
      source,
      trans,
      settings,
      state,
      open: async watch => {
        await app.commands.execute(CommandIDs.open, { kind: watch.kind, key: [...watch.key] });
      },
      execute: async (command, args) => {
        await app.commands.execute(command, args);
      }
    };
  }
};
