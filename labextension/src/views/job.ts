/** What the views of all jobs share: the head, what the user should know, why it failed, and the time that goes by. */

import { isRunning } from '../job';
import type { Snapshot } from '../model';
import { h, Painter, setText, show } from './dom';
import { Head, Notice } from './head';
import { MeaningNote } from './meaning';
import type { View, ViewOptions, ViewState } from './view';

export abstract class JobView<
  Job extends { readonly FailureReason?: string; readonly CreationTime: number }
> implements View {
  readonly node: HTMLElement;
  /** What is shown when the job is known; the view fills it. */
  protected readonly content: HTMLElement;
  protected readonly painter = new Painter(() => this.paint());
  protected state: ViewState = { snapshot: null };
  private readonly head: Head;
  private readonly notice: Notice;
  private readonly failure = h('div', { class: 'jp-sm-failure', role: 'alert', hidden: true });
  private readonly meaning: MeaningNote;
  private readonly loading = h('div', { class: 'jp-sm-loading', role: 'status' });
  private readonly timer: number;

  constructor(
    protected readonly options: ViewOptions,
    kind: string,
    className: string
  ) {
    this.head = new Head(options, kind);
    this.notice = new Notice(options);
    this.meaning = new MeaningNote(options.trans);
    this.content = h('div', { class: 'jp-sm-content', hidden: true }, this.failure, this.meaning.node);
    setText(this.loading, options.trans.__('Loading…'));
    this.node = h(
      'article',
      { class: `jp-sm ${className}` },
      this.head.node,
      this.notice.node,
      this.loading,
      this.content
    );
    this.timer = window.setInterval(() => this.tick(), 1000);
  }

  update(state: ViewState): void {
    this.state = state;
    this.painter.request();
  }

  dispose(): void {
    window.clearInterval(this.timer);
    this.painter.dispose();
  }

  /** The job that a snapshot is of; null if none was seen. */
  protected abstract jobOf(snapshot: Snapshot | null): Job | null;

  /** Since when it takes its time, in epoch seconds; null of what takes none. */
  protected startOf(job: Job): number | null {
    return job.CreationTime;
  }

  /** When the job ended, in epoch seconds; null while it runs. */
  protected abstract endOf(job: Job): number | null;

  protected abstract paintJob(job: Job, snapshot: Snapshot): void;

  /** Paint what changes with the time alone; called every second while the job runs and is in sight. */
  protected abstract paintTime(job: Job | null): void;

  private tick(): void {
    if (!document.hidden && this.node.isConnected) {
      const { snapshot } = this.state;
      this.notice.tick();
      if (isRunning(snapshot?.status ?? null)) {
        this.head.tick();
        this.paintTime(this.jobOf(snapshot));
      }
    }
  }

  private paint(): void {
    const { snapshot, note } = this.state;
    const job = this.jobOf(snapshot);
    this.notice.update(snapshot, note);
    show(this.loading, snapshot === null && !note);
    show(this.head.node, snapshot !== null);
    show(this.content, job !== null);
    if (snapshot === null) {
      return;
    }
    this.head.update(snapshot, job && this.startOf(job), job && this.endOf(job));
    if (job === null) {
      return;
    }
    setText(this.failure, job.FailureReason ?? '');
    show(this.failure, !!job.FailureReason);
    this.meaning.update(snapshot.meaning);
    this.paintJob(job, snapshot);
  }
}
