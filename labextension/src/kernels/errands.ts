/** What the commands about kernels do; loaded when the first of them is run. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Watch } from '../model';
import type { Row } from '../sidebar/rows';
import { type StudioTree, watchOf } from '../sidebar/studio';
import type { ISageMaker } from '../tokens';
import { type Guest, Runner } from './runner';

export type Args = Readonly<Record<string, unknown>>;

/** Each takes a command's arguments, and the row that it is about if it comes from the row's menu. */
export class Errands {
  private readonly runner: Runner;

  constructor(
    private readonly app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    studio: StudioTree,
    private readonly notebooks: INotebookTracker | null
  ) {
    this.runner = new Runner({
      sagemaker,
      studio,
      kernelspecs: app.serviceManager.kernelspecs,
      newNotebook: async kernelName => {
        await app.commands.execute('notebook:create-new', { kernelName });
      }
    });
  }

  async use(args: Args, row: Row | null): Promise<void> {
    const visitor = await this.guestOf(args);
    const watch = row ?? watchOf(args);
    if (typeof args.name === 'string') {
      await this.runner.useNamed(args.name, visitor);
    } else if (watch && args.ask !== true && (row === null || runsAlone(row))) {
      await this.runner.useOf({ kind: watch.kind, key: watch.key, options: optionsOf(args) }, visitor);
    } else {
      await this.runner.askAndUse(visitor, watch && ownerOf(watch));
    }
  }

  async add(args: Args, row: Row | null): Promise<void> {
    const watch = row ?? watchOf(args);
    const told = watch !== null && (args.options !== undefined || (row !== null && runsAlone(row)));
    const wanted = told ? { kind: watch.kind, key: watch.key, options: optionsOf(args) } : null;
    await this.runner.add(wanted, watch && ownerOf(watch));
  }

  async remove({ name }: Args): Promise<void> {
    await this.runner.remove(typeof name === 'string' ? name : null);
  }

  /** The notebook that a command is about: the one it names, else the one in front. */
  private async guestOf({ path }: Args): Promise<Guest | null> {
    if (typeof path !== 'string') {
      const panel = this.notebooks?.currentWidget ?? null;
      return panel && guest(panel);
    }
    const find = (): NotebookPanel | undefined => this.notebooks?.find(({ context }) => context.path === path);
    if (!find()) {
      // It was closed since it was told of.
      await this.app.commands.execute('docmanager:open', { path });
    }
    const panel = find();
    return panel ? guest(panel) : null;
  }
}

/** Whether it is plain which app is meant, and that runs: there is nothing to ask. */
function runsAlone({ kind, state }: Row): boolean {
  return kind !== 'user-profiles' && state === 'running';
}

/** The space or profile of an app; anything else is its own. */
function ownerOf({ kind, key }: Watch): Watch {
  const [domain = '', word = '', owner = ''] = key;
  return kind === 'apps'
    ? { kind: word === 'space' ? 'spaces' : 'user-profiles', key: [domain, owner] }
    : { kind, key };
}

function guest(panel: NotebookPanel): Guest {
  return {
    language: languageOf(panel),
    change: async name => {
      await panel.sessionContext.changeKernel({ name });
    }
  };
}

/** Language of a notebook, as its file tells it. */
function languageOf({ model }: NotebookPanel): string | null {
  const spec: unknown = model?.getMetadata('kernelspec');
  const language = typeof spec === 'object' && spec !== null && 'language' in spec ? spec.language : null;
  return typeof language === 'string' ? language : null;
}

function optionsOf({ options }: Args): Readonly<Record<string, string>> {
  return typeof options === 'object' && options !== null ? (options as Record<string, string>) : {};
}
