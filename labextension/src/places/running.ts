/** Apps and jobs in JupyterLab's own Running panel. */

import type { IRunningSessions } from '@jupyterlab/running';
import { type ISignal, Signal } from '@lumino/signaling';
import type { Overview, RunningThing } from '../model';
import { denialOf } from '../denied';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { name, status } from './text';

export interface RunningOptions {
  readonly sagemaker: Pick<ISageMaker, 'server' | 'source' | 'trans'>;
  readonly icon: IRunningSessions.IRunningItem['icon'];
  readonly onRefresh: () => void;
  readonly onOpen: (thing: RunningThing) => void;
  readonly onFailure: (messages: readonly string[]) => void;
}

export class RunningManager implements IRunningSessions.IManager {
  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  private readonly signal = new Signal<this, void>(this);
  private things: readonly RunningThing[] = [];
  private told = '';

  constructor(private readonly options: RunningOptions) {
    const { trans } = options.sagemaker;
    this.name = trans.__('SageMaker');
    this.shutdownLabel = trans.__('Stop');
    this.shutdownAllLabel = trans.__('Stop All');
  }

  get runningChanged(): ISignal<this, void> {
    return this.signal;
  }

  take(overview: Overview | null): void {
    this.things = overview?.running ?? [];
    const now = JSON.stringify([this.things, this.options.sagemaker.source.denied]);
    if (now !== this.told) {
      this.told = now;
      this.signal.emit();
    }
  }

  running(): IRunningSessions.IRunningItem[] {
    const { sagemaker, icon, onOpen } = this.options;
    const { trans, source } = sagemaker;
    return this.things.map(thing => ({
      icon,
      label: () => name(trans, thing),
      labelTitle: () => `${name(trans, thing)}\n${status(thing)}`,
      // There is little room beside the name; the rest is said on hovering.
      detail: () => thing.instance ?? status(thing),
      open: () => onOpen(thing),
      // Lab has no words for why a button of it is dimmed: what is denied has none.
      ...(!denialOf(source.denied, 'stop', thing) && { shutdown: () => void this.end([thing]) })
    }));
  }

  shutdownAll(): void {
    const { source } = this.options.sagemaker;
    void this.end(this.things.filter(thing => !denialOf(source.denied, 'stop', thing)));
  }

  /** Read when the question is asked; by older JupyterLabs once and for all, while nothing is known to run. */
  get shutdownAllConfirmationText(): string {
    const { trans } = this.options.sagemaker;
    if (this.things.length === 0) {
      return trans.__(
        'All running apps and jobs stop, for everybody who uses them. Files and finished trials are kept.'
      );
    }
    const names = this.things.map(thing => name(trans, thing)).join(', ');
    return trans.__(
      'These apps and jobs stop, for everybody who uses them: %1. Files and finished trials are kept.',
      names
    );
  }

  refreshRunning(): void {
    this.options.onRefresh();
  }

  private async end(things: readonly RunningThing[]): Promise<void> {
    const { sagemaker, onRefresh, onFailure } = this.options;
    const { server, source } = sagemaker;
    const ended = await Promise.allSettled(
      things.map(async ({ kind, key }) => {
        await (kind === 'apps'
          ? server.act({ action: 'stop', kind, key: [...key], options: {} })
          : server.stop({ kind, key }));
      })
    );
    source.refresh();
    onRefresh();
    const failures = ended.flatMap(each => (each.status === 'rejected' ? asServiceError(each.reason).message : []));
    if (failures.length > 0) {
      onFailure([...new Set(failures)]);
    }
  }
}
