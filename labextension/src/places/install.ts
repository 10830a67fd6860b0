/** What is there though nobody opened it: status bar, Running panel, notifications. Loaded when the lab is up. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import type { IRunningSessionManagers } from '@jupyterlab/running';
import type { IStatusBar } from '@jupyterlab/statusbar';
import { sagemakerIcon } from '../icon';
import { EVENT_SCHEMA, type Watch } from '../model';
import type { Store } from '../stores';
import { CommandIDs, type ISageMaker, type ISidebar, NAMESPACE } from '../tokens';
import { Glances } from './glances';
import { Notices } from './notices';
import { RunningManager } from './running';
import { StatusItem } from './statusitem';
import { statusText } from './text';
import type { Memory } from './told';
import { type Looked, Unseen } from './unseen';
import sheet from '../../style/places/places.raw.css';

export interface Places {
  readonly statusBar: IStatusBar | null;
  readonly running: IRunningSessionManagers | null;
  /** Where it is kept what was told. */
  readonly store: Store<Memory>;
  readonly sidebar: ISidebar | null;
  /** Where it is kept what was looked at. */
  readonly looked: Store<Looked>;
}

const JOBS = new Set(['training-jobs', 'tuning-jobs']);

export function install(app: JupyterFrontEnd, sagemaker: ISageMaker, places: Places): void {
  const { server, settings, source, trans } = sagemaker;
  // Without the loader of style sheets, which is larger than this one and would come with every start for it.
  const style = document.head.appendChild(document.createElement('style'));
  style.textContent = sheet;
  const open = (thing: Watch | null): void => {
    void (thing && JOBS.has(thing.kind) ? sagemaker.open(thing) : app.commands.execute(CommandIDs.show));
  };
  const notices = new Notices(sagemaker, places.store, open);
  const unseen = places.sidebar && new Unseen(places.sidebar, places.looked, () => settings.get().badge);
  const item = new StatusItem(() => open(null));
  const glances: Glances = new Glances(
    fresh => server.overview(settings.get().notifyBest, fresh),
    glance => {
      item.say(statusText(trans, glance));
      if (glance.overview && !glance.problem) {
        source.learnDenied(glance.overview.denied);
      }
      manager.take(glance.overview);
      if (glance.overview && !glance.problem) {
        notices.take(glance.overview);
        unseen?.take(glance.overview);
      }
    },
    {
      now: () => performance.now(),
      setTimeout: (call, milliseconds) => window.setTimeout(call, milliseconds),
      clearTimeout: timer => window.clearTimeout(timer),
      visible: () => !document.hidden
    }
  );
  const manager = new RunningManager({
    sagemaker,
    icon: () => sagemakerIcon,
    onRefresh: () => glances.soon(true),
    onOpen: open,
    onFailure: messages => void showErrorMessage(trans.__('Stop'), messages.join('\n'))
  });
  places.running?.add(manager);
  item.want(settings.get().statusBar);
  settings.changed.connect((_, { statusBar }) => {
    item.want(statusBar);
    unseen?.again();
    glances.soon();
  });
  places.statusBar?.registerStatusItem(`${NAMESPACE}:status`, {
    item,
    align: 'left',
    rank: 10,
    isActive: () => item.active,
    activeStateChanged: item.activeChanged
  });
  // Whatever a watch of anybody has seen to change, on this page or another: what runs may be something else now.
  app.serviceManager.events.stream.connect((_, emission) => {
    if (emission.schema_id === EVENT_SCHEMA) {
      glances.soon();
    }
  });
  source.onAct(() => glances.soon());
  document.addEventListener('visibilitychange', () => glances.visibilityChanged());
  glances.start();
}
