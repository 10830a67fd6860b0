/** Keeps what a notebook stores of a panel fresh, so that a saved or exported notebook shows how the job stands. */

import { MIME_TYPE, Panel, Snapshot } from '../model';

/** The part of JupyterLab's MIME model that is used. */
export interface Bundle {
  readonly data: Readonly<Record<string, unknown>>;
  setData(options: { data: Record<string, unknown> }): void;
}

export interface KeeperOptions {
  /** The static picture of the job, as HTML. */
  readonly picture: () => Promise<string>;
  readonly now: () => number;
  readonly setTimeout: (call: () => void, milliseconds: number) => number;
  readonly clearTimeout: (timer: number) => void;
}

const PAUSE = 15_000; // ms between two writes while the job runs: each makes the notebook dirty
const MOST_TRIALS = 500;

export class BundleKeeper {
  private timer: number | null = null;
  private writing = false;
  private news: Snapshot | null = null;
  private kept: { status: string | null; seq: number; at: number };

  constructor(
    private bundle: Bundle,
    stored: Snapshot | null,
    private readonly options: KeeperOptions
  ) {
    this.kept = { status: stored?.status ?? null, seq: stored?.seq ?? -1, at: options.now() };
  }

  /** The output was drawn anew, perhaps from a model of its own. */
  setBundle(bundle: Bundle): void {
    this.bundle = bundle;
  }

  update(snapshot: Snapshot): void {
    this.news = snapshot;
    this.plan();
  }

  dispose(): void {
    this.news = null;
    this.unplan();
  }

  private plan(): void {
    const { news, kept } = this;
    if (!news || this.writing || (news.seq === kept.seq && news.status === kept.status)) {
      return;
    }
    this.unplan();
    const turned = news.status !== kept.status || news.terminal;
    const pause = turned ? 0 : Math.max(0, kept.at + PAUSE - this.options.now());
    this.timer = this.options.setTimeout(() => {
      this.timer = null;
      void this.write();
    }, pause);
  }

  private unplan(): void {
    if (this.timer !== null) {
      this.options.clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private async write(): Promise<void> {
    const snapshot = this.news;
    if (!snapshot) {
      return;
    }
    this.writing = true;
    let html: string | null = null;
    try {
      html = await this.options.picture();
    } catch {
      // The picture before stays; the next change tries again.
      html = null;
    }
    this.writing = false;
    this.kept = { status: snapshot.status, seq: snapshot.seq, at: this.options.now() };
    if (this.news) {
      const { connection, kind, key } = snapshot;
      const panel: Panel = { connection, kind, key, snapshot: storable(snapshot) };
      this.bundle.setData({
        data: {
          ...this.bundle.data,
          [MIME_TYPE]: panel,
          'text/plain': plainOf(snapshot),
          ...(html !== null && { 'text/html': html })
        }
      });
      this.plan();
    }
  }
}

/** As the kernel's text has it: `Compilation job net: COMPLETED`. */
function plainOf({ kind, key, status }: Snapshot): string {
  const noun = kind.replace(/s$/, '').replaceAll('-', ' ');
  return `${noun.charAt(0).toUpperCase()}${noun.slice(1)} ${key.at(-1) ?? ''}: ${status ?? 'unknown'}`;
}

/** A snapshot that a notebook can hold: of thousands of trials only the newest, and the best; nothing of today's. */
export function storable(seen: Snapshot): Snapshot {
  const snapshot = seen.denied ? { ...seen, denied: [] } : seen;
  const jobs = snapshot.training_jobs;
  if (!jobs || jobs.length <= MOST_TRIALS) {
    return snapshot;
  }
  const best = (snapshot.described as { BestTrainingJob?: { TrainingJobName?: string } } | null | undefined)
    ?.BestTrainingJob?.TrainingJobName;
  const newest = [...jobs].sort((a, b) => b.CreationTime - a.CreationTime).slice(0, MOST_TRIALS);
  const found = newest.some(job => job.TrainingJobName === best)
    ? undefined
    : jobs.find(job => job.TrainingJobName === best);
  return { ...snapshot, training_jobs: found ? [found, ...newest] : newest };
}
