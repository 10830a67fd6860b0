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
export type Algorithm = Schemas['DescribeAlgorithmOutput'];
export type AlgorithmSummary = Schemas['AlgorithmSummary'];
export type FoundJobs = Schemas['FoundJobs'];
export type FoundJob = Schemas['FoundJob'];
export type SearchWord = Schemas['SearchWords']['properties'][number];
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
