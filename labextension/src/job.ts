/** What snapshots and statuses say of a job. */

import type { CompilationJob, ServiceError, Snapshot, TrainingJob, TuningJob } from './model';

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
