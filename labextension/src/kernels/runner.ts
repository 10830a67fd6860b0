/** Takes notebooks to kernels on apps; loaded when that is first asked for. */

import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { KernelSpec } from '@jupyterlab/services';
import type { KernelAction, RemoteKernel, Watch } from '../model';
import { knownRows } from '../sidebar/knownrows';
import type { StudioTree } from '../sidebar/studio';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { askWhere, type Wanted } from './ask';
import { followed, stepOf } from './follow';
import { fitting, placesOf } from './known';
import { possible } from './possible';

/** A notebook, as far as it matters here. */
export interface Guest {
  readonly language: string | null;
  change(kernel: string): Promise<void>;
}

export interface RunnerOptions {
  readonly sagemaker: ISageMaker;
  readonly studio: StudioTree;
  readonly kernelspecs: KernelSpec.IManager;
  /** Where there is no notebook to take anywhere. */
  readonly newNotebook: (kernel: string) => Promise<void>;
}

export class Runner {
  constructor(private readonly options: RunnerOptions) {}

  /** Take a notebook, or a new one, to a kernel that this Jupyter has, or had while its app ran. */
  async useNamed(name: string, guest: Guest | null): Promise<void> {
    const { kernelspecs, sagemaker } = this.options;
    if (kernelspecs.specs?.kernelspecs[name]) {
      await this.take(name, guest);
      return;
    }
    const known = await sagemaker.server.kernels();
    const kernel = known.find(each => each.name === name);
    if (!kernel) {
      throw new Error(sagemaker.trans.__('There is no kernel %1.', name));
    }
    await this.useOf({ kind: 'apps', key: kernel.app_key, options: {} }, guest, name);
  }

  /** Take a notebook, or a new one, to a kernel of a space, a profile or an app, which is started if need be. */
  async useOf(wanted: Wanted, guest: Guest | null, prefer: string | null = null): Promise<void> {
    const ready = Object.keys(wanted.options).length === 0 ? this.readyIn(wanted, guest) : null;
    if (ready) {
      await this.take(ready, guest);
      return;
    }
    const { trans } = this.options.sagemaker;
    await this.following(wanted, async kernels => {
      const kernel = kernels.find(({ name }) => name === prefer) ?? fitting(kernels, guest?.language ?? null);
      if (!kernel) {
        throw new Error(trans.__('The app offers no kernel.'));
      }
      await this.take(kernel.name, guest);
      return trans.__('The notebook runs on %1.', kernel.display_name);
    });
  }

  /** Ask where, and take a notebook there. */
  async askAndUse(guest: Guest | null, first: Watch | null): Promise<void> {
    const { trans } = this.options.sagemaker;
    const title = guest ? trans.__('Run this notebook on SageMaker') : trans.__('New notebook on SageMaker');
    const wanted = await this.ask(title, trans.__('Run here'), first);
    if (wanted) {
      await this.useOf(wanted, guest);
    }
  }

  /** Bring kernels into this Jupyter; asks which if that is not said. */
  async add(wanted: Wanted | null, first: Watch | null): Promise<void> {
    const { trans } = this.options.sagemaker;
    const meant = wanted ?? (await this.ask(trans.__('Add kernels of SageMaker'), trans.__('Add kernels'), first));
    if (meant) {
      await this.following(meant, kernels =>
        Promise.resolve(trans.__('Added: %1', kernels.map(kernel => kernel.display_name).join(', ')))
      );
    }
  }

  /** Take a kernel out of this Jupyter; asks which if that is not said. */
  async remove(name: string | null): Promise<void> {
    const { server, trans } = this.options.sagemaker;
    let chosen = name;
    if (chosen === null) {
      const known = await server.kernels();
      if (known.length === 0) {
        throw new Error(trans.__('There are no kernels of SageMaker in this Jupyter.'));
      }
      const words = known.map(kernel =>
        kernel.state === 'ready' ? kernel.display_name : trans.__('%1 (stopped)', kernel.display_name)
      );
      const title = trans.__('Remove a kernel; its app goes on');
      const { value } = await InputDialog.getItem({
        title,
        items: words,
        editable: false,
        okLabel: trans.__('Remove')
      });
      chosen = known[words.indexOf(value ?? '')]?.name ?? null;
    }
    if (chosen !== null) {
      await server.removeKernel(chosen);
      await this.options.kernelspecs.refreshSpecs();
    }
  }

  private async ask(title: string, accept: string, first: Watch | null): Promise<Wanted | null> {
    const { sagemaker, studio } = this.options;
    const rows = possible((await knownRows(sagemaker, studio)).values());
    return await askWhere(sagemaker, rows, { title, accept, first });
  }

  /** A kernel that is offered already, of what is wanted. */
  private readyIn({ kind, key }: Watch, guest: Guest | null): string | null {
    const word = kind === 'spaces' ? 'space' : 'profile';
    const path = (kind === 'apps' ? key : [key[0], word, key[1]]).join('/');
    const found = [...placesOf(this.options.kernelspecs.specs).values()].filter(({ appKey }) =>
      `${appKey.join('/')}/`.startsWith(`${path}/`)
    );
    return (found.find(({ language }) => language === guest?.language) ?? found[0])?.name ?? null;
  }

  private async take(name: string, guest: Guest | null): Promise<void> {
    await (guest ? guest.change(name) : this.options.newNotebook(name));
  }

  /** Have the kernels of an app added, tell each step, and go on with them. */
  private async following(
    { kind, key, options }: Wanted,
    then: (kernels: readonly RemoteKernel[]) => Promise<string>
  ): Promise<void> {
    const { sagemaker, studio, kernelspecs } = this.options;
    const { trans } = sagemaker;
    const begun = await studio.act({ action: 'add-kernels', kind, key, options });
    const id = Notification.emit(begun.label, 'in-progress', { autoClose: false });
    const show = (message: string, type: Notification.TypeOptions): void => {
      Notification.update({ id, message, type, autoClose: type === 'success' ? 5000 : false });
    };
    try {
      const action = await followed(sagemaker, begun.id, each =>
        show(trans.__('%1: %2', each.label, stepOf(each)), 'in-progress')
      );
      const kernels = kernelsOf(action);
      await kernelspecs.refreshSpecs();
      show(await then(kernels), 'success');
    } catch (error) {
      const { message, hint } = asServiceError(error);
      show(trans.__('%1: %2', begun.label, [message, hint].filter(Boolean).join(' ')), 'error');
    }
  }
}

function kernelsOf(action: KernelAction): readonly RemoteKernel[] {
  if (action.error) {
    throw Object.assign(new Error(action.error.message), action.error);
  }
  return (action.result as { readonly kernels: readonly RemoteKernel[] }).kernels;
}
