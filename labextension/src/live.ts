/** A live view of one job: what joins a view to the source of snapshots. The tab and the notebook's panel are this. */

import { Widget } from '@lumino/widgets';
import { download } from './download';
import { Feed } from './feed';
import { type LogTail, logTail } from './logs';
import { isNotFound, isRunning } from './job';
import type { Snapshot, Watch } from './model';
import { LiveState } from './source';
import { CommandIDs, ISageMaker } from './tokens';
import { createView, hasView, Intent, View, ViewState } from './views';

export interface LiveOptions {
  readonly sagemaker: ISageMaker;
  readonly watch: Watch;
  /** Connection on which the job was, where the panel remembers it. */
  readonly connection?: string;
  /** What was known when the panel was saved. */
  readonly stored?: Snapshot | null;
  /** Told of what the service says, not of what was stored. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
}

export class LivePanel extends Widget {
  private readonly view: View;
  private readonly logs: LogTail | null;
  /** What views inside this one live on. */
  private readonly feeds = new Set<Feed>();
  private looking = false;
  private live: LiveState = { snapshot: null, problem: null };
  private unsubscribe: (() => void) | null = null;

  /** Throws a RangeError for a kind without a view. */
  constructor(private readonly options: LiveOptions) {
    const { sagemaker, watch } = options;
    const view = createView(watch.kind, {
      trans: sagemaker.trans,
      can: ['stop', 'open', 'menu'],
      asks: {
        importances: tuningJob => sagemaker.server.importances(tuningJob),
        cost: job => sagemaker.server.cost(job, this.seenOn()),
        artifacts: job => sagemaker.server.artifacts(job, this.seenOn()),
        downloadArtifact: async (job, path) => download(await sagemaker.server.artifactFile(job, path, this.seenOn())),
        downloadLog: job => {
          download(sagemaker.server.logFile(job, this.seenOn()));
          return Promise.resolve();
        },
        follow: (trainingJob, inner) => this.follow(trainingJob, inner)
      },
      onIntent: intent => this.act(intent)
    });
    super({ node: view.node });
    this.view = view;
    this.logs = logTail(sagemaker.server, watch, view, options.connection ?? null);
    this.paint();
  }

  static draws(kind: string): boolean {
    return hasView(kind);
  }

  /** Begin to look, unless nothing can change any more. */
  start(): void {
    if (this.unsubscribe === null && !this.isDisposed && !this.finished()) {
      const { sagemaker, watch } = this.options;
      this.unsubscribe = sagemaker.source.subscribe(watch, state => this.take(state));
    }
    this.logs?.start(() => isRunning(this.shown()?.status ?? null));
    this.looking = !this.isDisposed;
    this.feeds.forEach(feed => feed.start());
  }

  /** Nobody looks: stop looking too. */
  pause(): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.logs?.stop();
    this.looking = false;
    this.feeds.forEach(feed => feed.pause());
  }

  override dispose(): void {
    this.pause();
    this.view.dispose();
    super.dispose();
  }

  private follow(trainingJob: string, inner: View): () => void {
    const watch = { kind: 'training-jobs', key: [trainingJob] };
    const feed = new Feed(this.options.sagemaker, watch, inner, this.seenOn());
    this.feeds.add(feed);
    if (this.looking) {
      feed.start();
    }
    return () => {
      feed.pause();
      this.feeds.delete(feed);
    };
  }

  private finished(): boolean {
    const known = this.live.snapshot ?? this.options.stored;
    return !!known?.terminal && !known.error && isWhole(known);
  }

  private take(state: LiveState): void {
    this.live = state;
    this.paint();
    const { snapshot } = state;
    if (snapshot && this.isOurs(snapshot)) {
      if (!snapshot.error) {
        this.options.onSnapshot?.(snapshot);
      }
      this.logs?.hasten();
      if (this.finished()) {
        this.unsubscribe?.();
        this.unsubscribe = null;
      }
    }
  }

  /** A job of the same name on another connection is another job. */
  private isOurs(snapshot: Snapshot): boolean {
    const { connection } = this.options;
    return connection === undefined || connection === snapshot.connection;
  }

  /** On which connection the job is that is shown. */
  private seenOn(): string | null {
    return this.shown()?.connection ?? null;
  }

  private shown(): Snapshot | null {
    const { snapshot } = this.live;
    return snapshot && this.isOurs(snapshot) && snapshot.described ? snapshot : (this.options.stored ?? snapshot);
  }

  private paint(): void {
    this.view.update(this.state());
  }

  private state(): ViewState {
    const { trans } = this.options.sagemaker;
    const { snapshot: live, problem } = this.live;
    const stored = this.options.stored ? { ...this.options.stored, error: null } : null;
    if (problem) {
      const snapshot = this.shown();
      return {
        snapshot: snapshot && { ...snapshot, error: null },
        note: { tone: 'bad', text: problem.message, hint: problem.hint }
      };
    }
    if (live && !this.isOurs(live)) {
      const here = live.label ?? live.connection;
      const there = stored?.label ?? this.options.connection ?? '';
      return {
        snapshot: stored,
        note: {
          tone: 'idle',
          text: trans.__('This job was seen on %1; the connection now is %2.', there, here),
          hint: trans.__('It is shown as it was. Switch the connection in the SageMaker panel to see it live.')
        }
      };
    }
    if (live && !live.described && stored) {
      return isNotFound(live.error)
        ? {
            snapshot: stored,
            note: {
              tone: 'idle',
              text: trans.__(
                'This job is not known on %1 any more. It is shown as it was.',
                live.label ?? live.connection
              )
            }
          }
        : { snapshot: { ...stored, error: live.error ?? null } };
    }
    return { snapshot: live ?? stored };
  }

  private async act(intent: Intent): Promise<void> {
    const { sagemaker } = this.options;
    const { snapshot } = this.live;
    if (snapshot && !this.isOurs(snapshot)) {
      // What has the same name on the connection in use is not what is shown; the note beside it says so.
      if (intent.type === 'stop') {
        throw new Error(sagemaker.trans.__('This job is on another connection than the one in use.'));
      }
      return;
    }
    switch (intent.type) {
      case 'open':
        await sagemaker.open(intent);
        return;
      case 'stop':
        await sagemaker.server.stop(intent);
        sagemaker.source.refresh();
        return;
      case 'menu': {
        const { kind, key, ways, at } = intent;
        const { left: x, bottom: y } = at.getBoundingClientRect();
        await sagemaker.execute(CommandIDs.jobMenu, { kind, key: [...key], ways: [...ways], x, y });
      }
    }
  }
}

/** A saved panel of a very large job holds only some of its trials. */
function isWhole(snapshot: Snapshot): boolean {
  const counters = (snapshot.described as { TrainingJobStatusCounters?: Record<string, number> } | null | undefined)
    ?.TrainingJobStatusCounters;
  const made = Object.values(counters ?? {}).reduce((sum, count) => sum + count, 0);
  return snapshot.kind !== 'tuning-jobs' || (snapshot.training_jobs?.length ?? 0) >= made;
}
