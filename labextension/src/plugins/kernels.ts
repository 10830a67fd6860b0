import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry, Notification, showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { sagemakerIcon } from '../icon';
import { type KernelPlace, KnownKernels, looksLikeOurs, placesOf } from '../kernels/known';
import type { Guest, Runner } from '../kernels/runner';
import { WhereItem } from '../kernels/where';
import { type Change, EVENT_SCHEMA, type RemoteKernel } from '../model';
import { asServiceError } from '../source';
import { watchOf } from '../sidebar/studio';
import { CommandIDs, ISageMaker, IStudioTree } from '../tokens';
import '../../style/kernels.css';

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
      void tellElsewhere(panel).catch(() => undefined);
      return new WhereItem({
        sagemaker,
        icon: sagemakerIcon.element({ tag: 'span', elementSize: 'normal' }),
        context: panel.sessionContext,
        known,
        changed,
        onPress: place => {
          void commands.execute(CommandIDs.useKernel, { path: panel.context.path, ...(place && ownerOf(place)) });
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
    const guestOf = ({ path }: Readonly<Record<string, unknown>>): Guest | null => {
      const named = typeof path === 'string' ? notebooks?.find(({ context }) => context.path === path) : undefined;
      const panel = named ?? notebooks?.currentWidget ?? null;
      return panel && guest(panel);
    };
    const add = (id: string, label: string, run: (args: Readonly<Record<string, unknown>>) => Promise<void>): void => {
      commands.addCommand(id, {
        label,
        icon: sagemakerIcon,
        execute: async args => {
          try {
            await run(args);
          } catch (error) {
            const { message, hint } = asServiceError(error);
            await showErrorMessage(label.replace(/…$/, ''), [message, hint].filter(Boolean).join('\n\n'));
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('SageMaker') });
    };
    add(CommandIDs.useKernel, trans.__('Run This Notebook on SageMaker…'), async args => {
      const named = typeof args.name === 'string' ? args.name : null;
      const watch = watchOf(args);
      const loaded = await load();
      if (named !== null) {
        await loaded.useNamed(named, guestOf(args));
      } else if (watch && args.ask !== true) {
        await loaded.useOf({ ...watch, options: optionsOf(args) }, guestOf(args));
      } else {
        await loaded.askAndUse(guestOf(args), watch);
      }
    });
    add(CommandIDs.addKernels, trans.__('Add Kernels of a SageMaker Space…'), async args => {
      const watch = watchOf(args);
      const told = watch && args.options ? { ...watch, options: optionsOf(args) } : null;
      await (await load()).add(told, watch);
    });
    add(CommandIDs.removeKernel, trans.__('Remove a SageMaker Kernel…'), async args => {
      await (await load()).remove(typeof args.name === 'string' ? args.name : null);
    });
  }
};

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

/** Arguments that ask where to run, beginning with where it runs now. */
function ownerOf({ appKey }: KernelPlace): ReadonlyPartialJSONObject {
  const [domain = '', word = '', owner = ''] = appKey;
  return { ask: true, kind: word === 'space' ? 'spaces' : 'user-profiles', key: [domain, owner] };
}

function optionsOf({ options }: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return typeof options === 'object' && options !== null ? (options as Record<string, string>) : {};
}
