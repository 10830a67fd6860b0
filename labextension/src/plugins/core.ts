import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';
import { Drafts } from '../forms/drafts';
import { type Change, EVENT_SCHEMA } from '../model';
import { Server } from '../request';
import { LiveSource } from '../source';
import { CommandIDs, ISageMaker } from '../tokens';

export const core: JupyterFrontEndPlugin<ISageMaker> = {
  id: 'jupyter-sm-ext:core',
  description: "The server extension's REST API and the page's one source of live snapshots.",
  autoStart: true,
  optional: [ITranslator, IStateDB],
  provides: ISageMaker,
  activate: (app: JupyterFrontEnd, translator: ITranslator | null, state: IStateDB | null): ISageMaker => {
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
      drafts: new Drafts(state),
      open: async watch => {
        await app.commands.execute(CommandIDs.open, { kind: watch.kind, key: [...watch.key] });
      }
    };
  }
};
