/** What a view inside another one lives on: the snapshots of its job and its log, for as long as somebody looks. */

import { type LogTail, logTail } from './logs';
import { isRunning } from './job';
import type { Snapshot, Watch } from './model';
import type { LiveState } from './source';
import type { ISageMaker } from './tokens';
import type { View } from './views';

export class Feed {
  private readonly logs: LogTail | null;
  private unsubscribe: (() => void) | null = null;
  private seen: Snapshot | null = null;

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly watch: Watch,
    private readonly view: Pick<View, 'update' | 'appendLog' | 'logProblem'>,
    /** The connection on which the job is; one of the same name on another is another job. */
    private readonly connection: string | null
  ) {
    this.logs = logTail(sagemaker.server, watch, view, connection);
  }

  start(): void {
    if (this.unsubscribe === null && this.seen?.terminal !== true) {
      this.unsubscribe = this.sagemaker.source.subscribe(this.watch, state => this.take(state));
      this.leaveIfEnded();
    }
    this.logs?.start(() => isRunning(this.seen?.status ?? null));
  }

  /** Nobody looks: stop looking too. */
  pause(): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.logs?.stop();
  }

  private take({ snapshot, problem }: LiveState): void {
    if (snapshot && this.connection !== null && snapshot.connection !== this.connection) {
      const text = this.sagemaker.trans.__('This trial was on another connection.');
      this.view.update({ snapshot: null, note: { tone: 'idle', text } });
      return;
    }
    const note = problem && ({ tone: 'bad', text: problem.message, hint: problem.hint } as const);
    this.view.update({ snapshot, note });
    if (snapshot) {
      this.seen = snapshot;
      this.logs?.hasten();
      this.leaveIfEnded();
    }
  }

  private leaveIfEnded(): void {
    if (this.seen?.terminal === true && !this.seen.error) {
      this.unsubscribe?.();
      this.unsubscribe = null;
    }
  }
}
