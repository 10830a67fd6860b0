import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { sagemakerIcon } from '../icon';
import { type KernelPlace, KnownKernels, looksLikeOurs, placesOf } from '../kernels/known';
import { canHaveKernels } from '../kernels/possible';
import type { Guest, Runner } from '../kernels/runner';
import { WhereItem } from '../kernels/where';
import { type Change, EVENT_SCHEMA, type RemoteKernel, type Watch } from '../model';
import { denialOf } from '../denied';
import { dimmed } from '../sidebar/deniedmenu';
import type { Row } from '../sidebar/rows';
import { watchOf } from '../sidebar/studio';
import { CommandIDs, ISageMaker, IStudioTree } from '../tokens';
import { permitted, showFailure } from '../sidebar/failure';

const ITEM = 'sagemaker-where';

export const kernels: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:kernels',
  description: 'Kernels on apps: in the launcher and the kernel picker, and where a notebook runs in its toolbar.',
  autoStart: true,
  requires: [ISageMaker, IStudioTree],
  optional: [ICommandPalette, INotebookTracker, IToolbarWidgetRegistry],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    studio: IStudioTree,
    palette: ICommandPalette | null,
    notebooks: INotebookTracker | null,
    toolbars: IToolbarWidgetRegistry | null
  ) => {
    const { trans, server } = sagemaker;
    const { commands, serviceManager } = app;
    const { kernelspecs } = serviceManager;
    const known = new KnownKernels();
    const changed = new Signal<KnownKernels, void>(known);
    const take = (): void => {
      known.take(kernelspecs.specs);
      changed.emit();
    };
    kernelspecs.specsChanged.connect(take);
    void kernelspecs.ready.then(take);
    serviceManager.events.stream.connect((_, emission) => {
      if (emission.schema_id === EVENT_SCHEMA && (emission as unknown as Change).kind === 'kernels') {
        // Jupyter itself looks once a minute.
        void kernelspecs.refreshSpecs();
      }
    });

    let runner: Promise<Runner> | null = null;
    const load = (): Promise<Runner> =>
      (runner ??= import('../kernels/runner').then(
        ({ Runner }) =>
          new Runner({
            sagemaker,
            studio,
            kernelspecs,
            newNotebook: async kernelName => {
              await commands.execute('notebook:create-new', { kernelName });
            }
          })
      ));

    const asked = new Set<string>();
    const learn = async (): Promise<readonly RemoteKernel[]> => {
      const found = await server.kernels();
      known.learn(found);
      changed.emit();
      return found;
    };
    /** Where the notebook's own kernel is not offered, Jupyter asks for another, or takes one of the language. */
    const tellElsewhere = async ({ context }: NotebookPanel): Promise<void> => {
      await context.ready;
      const name = context.model.defaultKernelName;
      await kernelspecs.ready;
      if (!looksLikeOurs(name) || placesOf(kernelspecs.specs).has(name)) {
        return;
      }
      const kernel = (await learn()).find(each => each.name === name);
      const running = await serviceManager.sessions.findByPath(context.path);
      if (kernel && running?.kernel?.name !== name) {
        const message = trans.__('%1 was last on %2, whose app is stopped.', context.path, kernel.display_name);
        Notification.warning(message, { autoClose: false, actions: [startAgain(kernel.name, context.path)] });
      }
    };
    toolbars?.addFactory<NotebookPanel>('Notebook', ITEM, panel => {
      void import('../../style/kernels.css');
      void tellElsewhere(panel).catch(() => undefined);
      return new WhereItem({
        sagemaker,
        icon: sagemakerIcon.element({ tag: 'span', elementSize: 'normal' }),
        context: panel.sessionContext,
        known,
        changed,
        onPress: place => {
          const { path } = panel.context;
          const at = place && { kind: 'apps', key: [...place.appKey] };
          void commands.execute(CommandIDs.useKernel, { path, ask: true, ...at });
        },
        onStopped: place => tellStopped(place, panel.context.path),
        onUnknown: name => {
          // Its app stopped before this page was opened: only the server knows it still.
          if (!asked.has(name)) {
            asked.add(name);
            learn().catch(() => undefined);
          }
        }
      });
    });

    const startAgain = (name: string, path: string): Notification.IAction => ({
      label: trans.__('Start it again'),
      callback: () => void commands.execute(CommandIDs.useKernel, { path, name })
    });

    const tellStopped = ({ name, owner, instance }: KernelPlace, path: string): void => {
      const message = instance
        ? trans.__(
            '%1: its kernel on %2 is gone, for the app of %3 does not run any more. Files there stay.',
            path,
            instance,
            owner
          )
        : trans.__('%1: its kernel is gone, for the app of %2 does not run any more. Files there stay.', path, owner);
      Notification.warning(message, { autoClose: false, actions: [startAgain(name, path)] });
    };

    /** The notebook that a command is about: the one it names, else the one in front. */
    const guestOf = async ({ path }: Args): Promise<Guest | null> => {
      if (typeof path !== 'string') {
        const panel = notebooks?.currentWidget ?? null;
        return panel && guest(panel);
      }
      const find = (): NotebookPanel | undefined => notebooks?.find(({ context }) => context.path === path);
      if (!find()) {
        // It was closed since it was told of.
        await commands.execute('docmanager:open', { path });
      }
      const panel = find();
      return panel ? guest(panel) : null;
    };
    /** The row of the tree that a command is about, if it comes from the row's menu. */
    const rowOf = ({ selected }: Args): Row | null => (selected === true ? studio.selected : null);
    /** An app's kernels are reached as its page is; with none named, only who may only look is told at once. */
    const aimOf = (args: Args): [string, Watch] => ['open', rowOf(args) ?? watchOf(args) ?? { kind: '', key: [] }];
    const add = (id: string, short: string, long: string, run: (args: Args) => Promise<void>): void => {
      const title = long.replace(/…$/, '');
      commands.addCommand(id, {
        label: args => (args.selected === true ? short : long),
        icon: args => (args.selected === true ? undefined : sagemakerIcon),
        isVisible: args => {
          const row = rowOf(args);
          return args.selected !== true || (row !== null && canHaveKernels(row));
        },
        ...dimmed(trans, args => denialOf(sagemaker.source.denied, ...aimOf(args))),
        execute: async args => {
          try {
            if (await permitted(sagemaker, title, ...aimOf(args))) {
              await run(args);
            }
          } catch (error) {
            await showFailure(trans, title, error);
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('SageMaker') });
    };
    add(
      CommandIDs.useKernel,
      trans.__('Run notebook here…'),
      trans.__('Run This Notebook on SageMaker…'),
      async args => {
        const named = typeof args.name === 'string' ? args.name : null;
        const row = rowOf(args);
        const watch = row ?? watchOf(args);
        const [loaded, visitor] = [await load(), await guestOf(args)];
        if (named !== null) {
          await loaded.useNamed(named, visitor);
        } else if (watch && args.ask !== true && (row === null || runsAlone(row))) {
          await loaded.useOf({ kind: watch.kind, key: watch.key, options: optionsOf(args) }, visitor);
        } else {
          await loaded.askAndUse(visitor, watch && ownerOf(watch));
        }
      }
    );
    add(
      CommandIDs.addKernels,
      trans.__('Add its kernels…'),
      trans.__('Add Kernels of a SageMaker Space…'),
      async args => {
        const row = rowOf(args);
        const watch = row ?? watchOf(args);
        const told = watch !== null && (args.options !== undefined || (row !== null && runsAlone(row)));
        const wanted = told ? { kind: watch.kind, key: watch.key, options: optionsOf(args) } : null;
        await (await load()).add(wanted, watch && ownerOf(watch));
      }
    );
    add(
      CommandIDs.removeKernel,
      trans.__('Remove kernel…'),
      trans.__('Remove a SageMaker Kernel…'),
      async ({ name }) => {
        await (await load()).remove(typeof name === 'string' ? name : null);
      }
    );
  }
};

type Args = Readonly<Record<string, unknown>>;

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
