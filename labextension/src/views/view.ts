/** What every view is to its host, and which view draws which kind. */

import { JobArtifacts, JobCost, LogPage, ServiceError, Snapshot, Watch, Way } from '../model';
import { Translate } from './text';

/** What the user asked for; the host does it. */
export type Intent =
  | { readonly type: 'stop'; readonly kind: string; readonly key: readonly string[] }
  | { readonly type: 'open'; readonly kind: string; readonly key: readonly string[] }
  /** Show what else can be done with a job, below an element. */
  | {
      readonly type: 'menu';
      readonly kind: string;
      readonly key: readonly string[];
      readonly ways: readonly Way[];
      readonly at: HTMLElement;
    };

export interface ViewState {
  readonly snapshot: Snapshot | null;
  /** Something the user should know about what is shown; it does not replace it. */
  readonly note?: Note | null;
}

export interface Note {
  readonly tone: 'bad' | 'busy' | 'idle';
  readonly text: string;
  readonly hint?: string | null;
  /** The policy statement that gives a missing permission. */
  readonly statement?: string | null;
}

/** Questions that the host can answer; a view never fetches. */
export interface Asks {
  /** Shares of a tuning job's hyperparameters in what makes the objective differ, most important first. */
  importances(tuningJob: string): Promise<Readonly<Record<string, number>>>;
  /** What a training or tuning job costs. */
  cost(job: Watch): Promise<JobCost>;
  /** What a job has stored. */
  artifacts(job: Watch): Promise<JobArtifacts>;
  /** Save one of the files that a job has stored. */
  downloadArtifact(job: Watch, path: string): Promise<void>;
  /** Save a job's whole log as a file. */
  downloadLog(job: Watch): Promise<void>;
  /** Show a training job in a view, live, until the returned function is called. */
  follow(trainingJob: string, view: View): () => void;
}

export interface ViewOptions {
  readonly trans: Translate;
  /** Intents that the host can carry out; buttons for others are not shown. */
  readonly can: readonly Intent['type'][];
  /** Null where nobody can be asked. */
  readonly asks: Asks | null;
  readonly onIntent: (intent: Intent) => Promise<void>;
}

export interface View {
  readonly node: HTMLElement;
  update(state: ViewState): void;
  /** Add lines to the end of the log, and what was measured in them, where the view has one. */
  appendLog?(page: LogPage): void;
  /** Say why the log cannot be read, or that it can again. */
  logProblem?(error: ServiceError | null): void;
  dispose(): void;
}
