/** What the server and the views say to each other: AWS's own member names, and snapshots of what is watched. */

export const MIME_TYPE = 'application/vnd.jupyter-sm-ext.watch.v1+json';
export const EVENT_SCHEMA = 'https://events.jupyter.org/jupyter_sm_ext/change/v1';

/** One thing that is watched; an empty key means the list of that kind. */
export interface Watch {
  readonly kind: string;
  readonly key: readonly string[];
}

export interface ServiceError {
  readonly message: string;
  readonly code: string;
  readonly hint?: string | null;
}

export interface ObjectiveMetric {
  readonly Type?: 'Maximize' | 'Minimize';
  readonly MetricName: string;
  readonly Value: number;
}

export interface TrainingJobSummary {
  readonly TrainingJobName: string;
  readonly TrainingJobStatus: string;
  readonly CreationTime: number;
  readonly TrainingStartTime?: number;
  readonly TrainingEndTime?: number;
  readonly FailureReason?: string;
  readonly ObjectiveStatus?: string;
  readonly TunedHyperParameters?: Readonly<Record<string, string>>;
  readonly FinalHyperParameterTuningJobObjectiveMetric?: ObjectiveMetric;
}

export interface TrainingJobStatusCounters {
  readonly Completed?: number;
  readonly InProgress?: number;
  readonly RetryableError?: number;
  readonly NonRetryableError?: number;
  readonly Stopped?: number;
}

export interface ParameterRange {
  readonly Name: string;
  readonly MinValue?: string;
  readonly MaxValue?: string;
  readonly ScalingType?: string;
  readonly Values?: readonly string[];
}

export interface TuningJob {
  readonly HyperParameterTuningJobName: string;
  readonly HyperParameterTuningJobStatus: string;
  readonly CreationTime: number;
  readonly LastModifiedTime?: number;
  readonly HyperParameterTuningEndTime?: number;
  readonly FailureReason?: string;
  readonly HyperParameterTuningJobConfig?: {
    readonly Strategy: string;
    readonly HyperParameterTuningJobObjective?: {
      readonly Type: 'Maximize' | 'Minimize';
      readonly MetricName: string;
    };
    readonly ResourceLimits?: {
      readonly MaxNumberOfTrainingJobs?: number;
      readonly MaxParallelTrainingJobs: number;
    };
    readonly ParameterRanges?: {
      readonly IntegerParameterRanges?: readonly ParameterRange[];
      readonly ContinuousParameterRanges?: readonly ParameterRange[];
      readonly CategoricalParameterRanges?: readonly ParameterRange[];
    };
  };
  readonly TrainingJobStatusCounters?: TrainingJobStatusCounters;
  readonly BestTrainingJob?: TrainingJobSummary;
}

export interface Transition {
  readonly Status: string;
  readonly StartTime: number;
  readonly EndTime?: number;
  readonly StatusMessage?: string;
}

export interface TrainingJob {
  readonly TrainingJobName: string;
  readonly TrainingJobStatus: string;
  readonly SecondaryStatus?: string;
  readonly SecondaryStatusTransitions?: readonly Transition[];
  readonly CreationTime: number;
  readonly TrainingStartTime?: number;
  readonly TrainingEndTime?: number;
  readonly LastModifiedTime?: number;
  readonly FailureReason?: string;
  readonly HyperParameters?: Readonly<Record<string, string>>;
  readonly ResourceConfig?: { readonly InstanceType?: string; readonly InstanceCount?: number };
  readonly ModelArtifacts?: { readonly S3ModelArtifacts?: string };
  readonly FinalMetricDataList?: readonly {
    readonly MetricName: string;
    readonly Value: number;
    readonly Timestamp: number;
  }[];
}

export interface JobItem {
  readonly kind: string;
  readonly key: readonly string[];
  readonly name: string;
  readonly status: string;
  readonly created: number;
  readonly modified: number;
  readonly summary: {
    readonly TrainingJobStatusCounters?: TrainingJobStatusCounters;
    readonly ResourceLimits?: { readonly MaxNumberOfTrainingJobs?: number };
    readonly HyperParameterTuningEndTime?: number;
    readonly TrainingEndTime?: number;
  };
}

export interface SpaceSummary {
  readonly DomainId: string;
  readonly SpaceName: string;
  readonly Status: string;
  readonly CreationTime?: number;
  readonly SpaceSettingsSummary?: { readonly AppType?: string };
}

/** What the hub saw last of one thing. */
export interface Snapshot {
  readonly connection: string;
  readonly label?: string;
  readonly kind: string;
  readonly key: readonly string[];
  readonly seq: number;
  /** Sequence number after which the changes are given; null when everything is. */
  readonly since?: number | null;
  readonly status: string | null;
  readonly terminal: boolean;
  readonly described?: object | null;
  readonly training_jobs?: readonly TrainingJobSummary[];
  readonly items?: readonly object[];
  /** Kinds that could not be listed, with the reason. */
  readonly missing?: Readonly<Record<string, string>>;
  /** Epoch seconds of the last look that worked. */
  readonly updated: number;
  readonly error?: ServiceError | null;
}

/** The data of our MIME type. */
export interface Panel extends Watch {
  readonly connection: string;
  readonly snapshot: Snapshot | null;
}

/** What an event tells: that something changed, not what. */
export interface Change extends Watch {
  readonly connection: string;
  readonly status: string;
  readonly seq: number;
}

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly stream?: string;
}

export interface ConnectionInfo {
  readonly id: string;
  readonly kind: 'local' | 'aws';
  readonly label: string;
  readonly region: string | null;
  readonly profile: string | null;
  readonly account: string | null;
  readonly role: string | null;
  readonly bucket: string | null;
  readonly domain_id: string | null;
  readonly user_profile_name: string | null;
  readonly state: 'ready' | 'unreachable' | 'credentials';
  readonly message: string | null;
  readonly profiles: readonly string[];
  readonly data_dir: string;
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
  const items = news.items ?? known.items;
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
    ...(jobs !== undefined && { training_jobs: jobs })
  };
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
      /resource not found|could not find|can't find|does not exist/i.test(error.message))
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
