/** What the toolbars of notebooks say of where they run, and what is told of those whose app is stopped. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { sagemakerIcon } from '../icon';
import type { RemoteKernel } from '../model';
import { CommandIDs, type ISageMaker } from '../tokens';
import { type KernelPlace, KnownKernels, looksLikeOurs, placesOf } from './known';
import { WhereItem } from './where';
import '../../style/kernels/toolbar.css';

/** One for all notebooks of the page; made with the first. */
export class Toolbars {
  private readonly known = new KnownKernels();
  private readonly changed = new Signal<this, void>(this);
  /** Kernels of which the server was asked. */
  private readonly asked = new Set<string>();

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly sagemaker: ISageMaker
  ) {
    const { kernelspecs } = app.serviceManager;
    const take = (): void => {
      this.known.take(kernelspecs.specs);
      this.changed.emit();
    };
    kernelspecs.specsChanged.connect(take);
    void kernelspecs.ready.then(take);
  }

  /** The item of a notebook's toolbar. */
  itemFor(panel: NotebookPanel): WhereItem {
    void this.tellElsewhere(panel).catch(() => undefined);
    return new WhereItem({
      sagemaker: this.sagemaker,
      icon: sagemakerIcon.element({ tag: 'span', elementSize: 'normal' }),
      context: panel.sessionContext,
      known: this.known,
      changed: this.changed,
      onPress: place => this.use(panel.context.path, { ask: true, ...(place && appOf(place)) }),
      onStopped: place => this.tellStopped(place, panel.context.path),
      onUnknown: name => {
        // Its app stopped before this page was opened: only the server knows it still.
        if (!this.asked.has(name)) {
          this.asked.add(name);
          this.learn().catch(() => undefined);
        }
      }
    });
  }

  private async learn(): Promise<readonly RemoteKernel[]> {
    const found = await this.sagemaker.server.kernels();
    this.known.learn(found);
    this.changed.emit();
    return found;
  }

  /** Where the notebook's own kernel is not offered, Jupyter asks for another, or takes one of the language. */
  private async tellElsewhere({ context }: NotebookPanel): Promise<void> {
    const { kernelspecs, sessions } = this.app.serviceManager;
    await context.ready;
    const name = context.model.defaultKernelName;
    await kernelspecs.ready;
    if (!looksLikeOurs(name) || placesOf(kernelspecs.specs).has(name)) {
      return;
    }
    const kernel = (await this.learn()).find(each => each.name === name);
    const running = await sessions.findByPath(context.path);
    if (kernel && running?.kernel?.name !== name) {
      const { trans } = this.sagemaker;
      const message = trans.__('%1 was last on %2, whose app is stopped.', context.path, kernel.display_name);
      this.warn(message, kernel.name, context.path);
    }
  }

  private tellStopped({ name, owner, instance }: KernelPlace, path: string): void {
    const { trans } = this.sagemaker;
    const message = instance
      ? trans.__(
          '%1: its kernel on %2 is gone, for the app of %3 does not run any more. Files there stay.',
          path,
          instance,
          owner
        )
      : trans.__('%1: its kernel is gone, for the app of %2 does not run any more. Files there stay.', path, owner);
    this.warn(message, name, path);
  }

  /** Tell it until somebody has seen it, with the way to start that kernel again. */
  private warn(message: string, name: string, path: string): void {
    const label = this.sagemaker.trans.__('Start it again');
    const actions = [{ label, callback: () => this.use(path, { name }) }];
    Notification.warning(message, { autoClose: false, actions });
  }

  private use(path: string, args: Readonly<Record<string, string | boolean | string[]>>): void {
    void this.app.commands.execute(CommandIDs.useKernel, { path, ...args });
  }
}

function appOf({ appKey }: KernelPlace): { readonly kind: string; readonly key: string[] } {
  return { kind: 'apps', key: [...appKey] };
}
