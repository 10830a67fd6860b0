/** A live comparison of tuning jobs: what joins its view to the source of snapshots, one watch a job. */

import { Widget } from '@lumino/widgets';
import { isNotFound } from './job';
import type { Snapshot, Watch } from './model';
import type { LiveState } from './source';
import type { ISageMaker } from './tokens';
import { CompareView } from './views/compare';
import { MOST_LINES } from './views/charts/marks';
import type { ViewState } from './views';

export const LEAST_JOBS = 2;
export const MOST_JOBS = MOST_LINES;

export interface ComparisonOptions {
  readonly sagemaker: ISageMaker;
  readonly names: readonly string[];
  /** Connection on which the jobs were, where that is remembered. */
  readonly connection?: string;
  /** What was known when the comparison was saved. */
  readonly stored?: readonly Snapshot[];
}

export class LiveComparison extends Widget {
  private readonly view: CompareView;
  private readonly live = new Map<string, LiveState>();
  private readonly leave = new Map<string, () => void>();

  constructor(private readonly options: ComparisonOptions) {
    const { sagemaker, names } = options;
    const view = new CompareView({
      trans: sagemaker.trans,
      names,
      onOpen: job => void sagemaker.open(job)
    });
    super({ node: view.node });
    this.view = view;
    names.forEach(name => this.paint(name));
  }

  /** Begin to look at all that can still change. */
  start(): void {
    for (const name of this.isDisposed ? [] : this.options.names) {
      if (!this.leave.has(name) && !this.finished(name)) {
        this.leave.set(
          name,
          this.options.sagemaker.source.subscribe(watchOf(name), state => this.take(name, state))
        );
        this.leaveIfFinished(name);
      }
    }
  }

  /** Nobody looks: stop looking too. */
  pause(): void {
    this.leave.forEach(call => call());
    this.leave.clear();
  }

  override dispose(): void {
    this.pause();
    this.view.dispose();
    super.dispose();
  }

  private take(name: string, state: LiveState): void {
    this.live.set(name, state);
    this.paint(name);
    this.leaveIfFinished(name);
  }

  private leaveIfFinished(name: string): void {
    if (this.finished(name)) {
      this.leave.get(name)?.();
      this.leave.delete(name);
    }
  }

  private finished(name: string): boolean {
    const snapshot = this.live.get(name)?.snapshot;
    return !!snapshot?.terminal && !snapshot.error && this.isOurs(snapshot);
  }

  /** A job of the same name on another connection is another job. */
  private isOurs({ connection }: Snapshot): boolean {
    return this.options.connection === undefined || this.options.connection === connection;
  }

  private paint(name: string): void {
    this.view.update(name, this.state(name));
  }

  private state(name: string): ViewState {
    const { trans } = this.options.sagemaker;
    const found = this.options.stored?.find(({ key }) => key[0] === name) ?? null;
    const stored = found && { ...found, error: null };
    const { snapshot = null, problem = null } = this.live.get(name) ?? {};
    const own = snapshot && this.isOurs(snapshot) ? snapshot : null;
    if (problem) {
      const known = own?.described ? { ...own, error: null } : stored;
      return { snapshot: known, note: { tone: 'bad', text: problem.message, hint: problem.hint } };
    }
    if (snapshot && !own) {
      const there = stored?.label ?? this.options.connection ?? '';
      return {
        snapshot: stored,
        note: {
          tone: 'idle',
          text: trans.__('Compared on %1; the connection now is %2.', there, snapshot.label ?? snapshot.connection),
          hint: trans.__('Switch the connection in the SageMaker panel to see the jobs live.')
        }
      };
    }
    if (own && !own.described && stored && isNotFound(own.error)) {
      return {
        snapshot: stored,
        note: { tone: 'idle', text: trans.__('This job is not known any more. It is shown as it was.') }
      };
    }
    return { snapshot: own?.described ? own : (stored ?? own) };
  }
}

function watchOf(name: string): Watch {
  return { kind: 'tuning-jobs', key: [name] };
}

/** The same for the same jobs, in whatever order. */
export function comparisonId(names: readonly string[]): string {
  return ['compare', ...[...names].sort().map(encodeURIComponent)].join('/');
}
