/** Where the kernel of a notebook is: an item of its toolbar, which also takes the notebook elsewhere. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { ISageMaker } from '../tokens';
import { type KernelPlace, type KnownKernels, looksLikeOurs } from './known';

export interface WhereOptions {
  readonly icon: HTMLElement;
  readonly sagemaker: ISageMaker;
  readonly context: ISessionContext;
  readonly known: KnownKernels;
  /** What is known has changed. */
  readonly changed: ISignal<unknown, void>;
  /** It was pressed. */
  readonly onPress: (place: KernelPlace | null) => void;
  /** The app of the notebook's kernel was seen to stop. */
  readonly onStopped: (place: KernelPlace) => void;
  /** The notebook's kernel is one of an app, and the page knows no more of it. */
  readonly onUnknown: (name: string) => void;
}

export class WhereItem extends Widget {
  private readonly button = document.createElement('button');
  private readonly text = document.createElement('span');
  private place: KernelPlace | null = null;
  private unsubscribe: (() => void) | null = null;
  private watched = '';

  constructor(private readonly options: WhereOptions) {
    super();
    this.addClass('jp-sm-where');
    this.button.type = 'button';
    this.button.className = 'jp-sm-whereButton';
    this.text.className = 'jp-sm-whereText';
    this.button.append(options.icon, this.text);
    this.button.addEventListener('click', () => this.options.onPress(this.place));
    this.node.append(this.button);
    options.context.kernelChanged.connect(this.paint);
    options.changed.connect(this.paint);
    this.paint();
  }

  override dispose(): void {
    this.watch(null);
    this.options.context.kernelChanged.disconnect(this.paint);
    this.options.changed.disconnect(this.paint);
    super.dispose();
  }

  private readonly paint = (): void => {
    const { context, known, onStopped, onUnknown } = this.options;
    const name = context.session?.kernel?.name;
    const before = this.place;
    const place = looksLikeOurs(name) ? known.get(name) : null;
    if (!place && name && looksLikeOurs(name)) {
      onUnknown(name);
    }
    this.place = place;
    this.watch(place);
    const state = place === null ? 'here' : place.ready ? 'far' : 'stopped';
    this.node.dataset.state = state;
    const [text, title] = this.words(place);
    this.text.textContent = text;
    this.button.title = title;
    // What is shown is not all that is to be said.
    this.button.setAttribute('aria-label', text === '' ? title : `${text}. ${title}`);
    if (place && before?.name === place.name && before.ready && !place.ready) {
      onStopped(place);
    }
  };

  private words(place: KernelPlace | null): readonly [string, string] {
    const { trans } = this.options.sagemaker;
    if (place === null) {
      return ['', trans.__('Run this notebook on a SageMaker instance…')];
    }
    const { instance, owner, connection, appKey } = place;
    if (!place.ready) {
      return [
        trans.__('%1 is stopped', owner),
        trans.__(
          'The app of this notebook’s kernel does not run any more. Press to start it again, or to go elsewhere.'
        )
      ];
    }
    const kind = appKey[1] === 'space' ? trans.__('space %1', owner) : trans.__('profile %1', owner);
    const machine = instance ?? trans.__('its app');
    const where =
      connection === 'local'
        ? trans.__('This kernel runs on %1 (simulated on this machine), %2 of SageMaker.', machine, kind)
        : trans.__('This kernel runs on %1, %2 of SageMaker.', machine, kind);
    return [
      [instance, owner].filter(Boolean).join(' · '),
      `${where} ${trans.__('Its files and working directory are the app’s, not those beside this notebook. Press to run it elsewhere.')}`
    ];
  }

  /** As long as a notebook is on an app, the server looks now and then whether that still runs. */
  private watch(place: KernelPlace | null): void {
    const key = place?.ready ? place.appKey.join('/') : '';
    if (key === this.watched) {
      return;
    }
    this.unsubscribe?.();
    this.watched = key;
    this.unsubscribe =
      place && key !== ''
        ? this.options.sagemaker.source.subscribe({ kind: 'apps', key: place.appKey }, () => undefined)
        : null;
  }
}
