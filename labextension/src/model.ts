/** What the server and the views say to each other: AWS's own member names, and snapshots of what is watched. */

import type { components } from './api';

export const MIME_TYPE = 'application/vnd.jupyter-sm-ext.watch.v1+json';
export const EVENT_SCHEMA = 'https://events.jupyter.org/jupyter_sm_ext/change/v1';

type Schemas = components['schemas'];

export type ServiceError = NonNullable<Schemas['WatchSnapshot']['error']>;
export type TuningFigures = Schemas['TuningFigures'];
export type TrainingJobSummary = Schemas['HyperParameterTrainingJobSummary'];
export type TrainingJobStatusCounters = Schemas['TrainingJobStatusCounters'];
export type TuningJob = Schemas['DescribeHyperParameterTuningJobResponse'];
type Job = Schemas['DescribeTrainingJobResponse'];
type Later = 'ModelArtifacts' | 'StoppingCondition' | 'AlgorithmSpecification';
/** The model says that all of it is always there; a job that runs has no artifacts yet. So it is with compilation jobs. */
export type TrainingJob = Omit<Job, Later> & Partial<Pick<Job, Later>>;
export type CompilationJob = Omit<Schemas['DescribeCompilationJobResponse'], 'ModelArtifacts'> & {
  readonly ModelArtifacts?: Schemas['ModelArtifacts'];
};
export type ConnectionState = Schemas['ConnectionState'];
export type ConnectionChoice = Schemas['ConnectionChoice'];
export type Form = Schemas['Form'];
export type Violations = Schemas['Violations'];
export type RequestCode = Schemas['RequestCode'];
export type InstanceTypes = Schemas['InstanceTypes'];
export type InstanceType = InstanceTypes['items'][number];
export type Prices = Schemas['Prices'];
export type Check = Schemas['PreflightCheck'];
export type Overview = Schemas['Overview'];
export type RunningThing = Schemas['RunningThing'];
export type EndedThing = Schemas['EndedThing'];
export type RemoteKernel = Schemas['RemoteKernel'];
export type KernelAction = Schemas['Action'];
export type Successor = Schemas['Successor'];
export type Way = Successor['way'];
export type JobCost = Schemas['JobCost'];
export type JobArtifacts = Schemas['JobArtifacts'];
export type DeniedDeed = Readonly<Schemas['DeniedDeed']>;
export type FailureMeaning = Schemas['FailureMeaning'];
export type LogPage = Schemas['LogPage'];
export type LogEvent = LogPage['events'][number];

/** One thing that is watched; an empty key means the list of that kind. */
export interface Watch {
  readonly kind: string;
  readonly key: readonly string[];
}

/** An item of the merged list of jobs. */
export interface JobItem extends Watch {
  readonly name: string;
  readonly status: string;
  readonly created: number;
  readonly modified: number;
  /** How it can be followed now, as far as the list tells. */
  readonly ways?: readonly Way[];
  readonly summary: {
    readonly TrainingJobStatusCounters?: TrainingJobStatusCounters;
    readonly ResourceLimits?: Schemas['ResourceLimits'];
    readonly HyperParameterTuningEndTime?: number;
    readonly TrainingEndTime?: number;
  };
}

/** What the hub saw last of one thing. */
export interface Snapshot extends Watch {
  readonly connection: string;
  readonly label?: string;
  readonly seq: number;
  /** Sequence number after which the changes are given; null when everything is. */
  readonly since?: number | null;
  readonly status: string | null;
  readonly terminal: boolean;
  readonly described?: object | null;
  readonly training_jobs?: readonly TrainingJobSummary[];
  /** Of a tuning job: when it will have ended, and how near its completion criteria are. */
  readonly figures?: TuningFigures | null;
  /** Of a job: how it can be followed now. */
  readonly ways?: readonly Way[];
  /** Of a job: what its failure means; null if it has not failed, or nobody knows. */
  readonly meaning?: FailureMeaning | null;
  readonly items?: readonly object[];
  /** Kind and key of the items that are gone since; then `items` has only those that changed. */
  readonly gone?: readonly (readonly string[])[];
  /** Of the Studio tree: kinds that cannot be listed, with the reason. */
  readonly branches?: Readonly<Record<string, object | null>>;
  /** Kinds that could not be listed, with the reason. */
  readonly missing?: Readonly<Record<string, string>>;
  /** The policy statements that would list those. */
  readonly statements?: Readonly<Record<string, string>>;
  /** What is denied, to things of any kind. */
  readonly denied?: readonly DeniedDeed[];
  /** Epoch seconds of the last look that worked. */
  readonly updated: number;
  readonly error?: ServiceError | null;
}

/** The data of our MIME type. */
export interface Panel extends Watch {
  readonly connection: string;
  readonly snapshot: Snapshot | null;
  /** Of a comparison, whose key is the names of its jobs. */
  readonly snapshots?: readonly Snapshot[];
}

/** The kind of a panel that compares tuning jobs. */
export const COMPARISON = 'comparison';

/** What an event tells: that something changed, not what. */
export interface Change extends Watch {
  readonly connection: string;
  readonly status: string;
  readonly seq: number;
}

/** A name for a watch that is the same for the same thing. */
export function watchId(watch: Watch): string {
  return [watch.kind, ...watch.key].map(encodeURIComponent).join('/');
}

/** The job itself, if the snapshot is of a tuning job and one was seen. */
export function tuningJob(snapshot: Snapshot | null): TuningJob | null {
  return snapshot?.kind === 'tuning-jobs' && snapshot.described ? (snapshot.described as TuningJob) : null;
}

/** The job itself, if the snapshot is of a training job and one was seen. */
export function trainingJob(snapshot: Snapshot | null): TrainingJob | null {
  return snapshot?.kind === 'training-jobs' && snapshot.described ? (snapshot.described as TrainingJob) : null;
}

/** The job itself, if the snapshot is of a compilation job and one was seen. */
export function compilationJob(snapshot: Snapshot | null): CompilationJob | null {
  return snapshot?.kind === 'compilation-jobs' && snapshot.described ? (snapshot.described as CompilationJob) : null;
}

/** Kinds of jobs with a log of their own. */
export function hasLog(kind: string): boolean {
  return kind === 'training-jobs' || kind === 'compilation-jobs';
}

/**
 * Put a newer snapshot over an older one.
 *
 * A snapshot with `since` brings only what changed; one that saw nothing (an error before the first look) takes nothing
 * away from what was known.
 */
export function merge(known: Snapshot | null, news: Snapshot): Snapshot {
  if (known?.connection !== news.connection) {
    return news;
  }
  const partial = news.since !== null && news.since !== undefined;
  const blind = news.described === null || (news.described === undefined && news.items === undefined);
  if (!partial && !blind) {
    return news;
  }
  const described = news.described ?? known.described;
  const items =
    partial && news.gone && known.items
      ? mergeItems(known.items as readonly Watch[], (news.items ?? []) as readonly Watch[], news.gone)
      : (news.items ?? known.items);
  const branches = news.branches ?? known.branches;
  const figures = news.figures ?? known.figures;
  const meaning = news.meaning === undefined ? known.meaning : news.meaning;
  const ways = news.ways ?? known.ways;
  const jobs =
    known.training_jobs && news.training_jobs
      ? mergeTrainingJobs(known.training_jobs, news.training_jobs)
      : (news.training_jobs ?? known.training_jobs);
  return {
    ...news,
    status: news.status ?? known.status,
    terminal: blind ? known.terminal : news.terminal,
    updated: news.updated || known.updated,
    since: null,
    ...(described !== undefined && { described }),
    ...(items !== undefined && { items }),
    ...(branches !== undefined && { branches }),
    ...(figures !== undefined && { figures }),
    ...(meaning !== undefined && { meaning }),
    ...(ways !== undefined && { ways }),
    ...(jobs !== undefined && { training_jobs: jobs })
  };
}

/** Replace items by kind and key, append what is new, drop what is gone; the same array if nothing changed. */
export function mergeItems<T extends Watch>(
  known: readonly T[],
  changed: readonly T[],
  gone: readonly (readonly string[])[]
): readonly T[] {
  if (changed.length === 0 && gone.length === 0) {
    return known;
  }
  const lost = new Set(gone.map(([kind = '', ...key]) => watchId({ kind, key })));
  const news = new Map(changed.map(item => [watchId(item), item]));
  const kept = known.filter(item => !lost.has(watchId(item)));
  const merged = kept.map(item => {
    const newer = news.get(watchId(item));
    news.delete(watchId(item));
    return newer ?? item;
  });
  return merged.concat([...news.values()]);
}

/** Replace by name, append what is new; the array stays the same one if nothing changed. */
export function mergeTrainingJobs(
  known: readonly TrainingJobSummary[],
  changed: readonly TrainingJobSummary[]
): readonly TrainingJobSummary[] {
  if (changed.length === 0) {
    return known;
  }
  const news = new Map(changed.map(job => [job.TrainingJobName, job]));
  const merged = known.map(job => {
    const newer = news.get(job.TrainingJobName);
    news.delete(job.TrainingJobName);
    return newer ?? job;
  });
  return merged.concat([...news.values()]);
}

/** Whether an error says that the thing is not there, rather than that nobody could tell. */
export function isNotFound(error: ServiceError | null | undefined): boolean {
  return (
    !!error &&
    (error.code.includes('NotFound') ||
      // Of others' errors, such as a missing token's, these words say nothing about the thing.
      (error.code === 'ValidationException' &&
        /resource not found|could not find|can't find|does not exist/i.test(error.message)))
  );
}

/** Statuses under which a job changes by itself; words of all job kinds. */
const RUNNING = new Set([
  'InProgress',
  'Stopping',
  'Deleting',
  'Starting',
  'Pending',
  'STARTING',
  'INPROGRESS',
  'STOPPING'
]);

export function isRunning(status: string | null): boolean {
  return status !== null && RUNNING.has(status);
}

/** Whether a job can be told to stop: it runs, and was not told before. */
export function isStoppable(status: string | null): boolean {
  return isRunning(status) && status !== null && !/stopping|deleting/i.test(status);
}
