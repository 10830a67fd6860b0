/** Several tuning jobs beside each other: the best of each so far, and which of them can share a scale. */

import { isRunning, tuningJob } from '../job';
import type { Snapshot, TrainingJobSummary, TuningJob } from '../model';
import { words } from './status';
import { bestSoFar, bestTrial, minimizes, type Trial, trials } from './trials';

/** What the horizontal axis counts. */
export type By = 'trial' | 'elapsed';

/** One job of a comparison. */
export interface Series {
  readonly name: string;
  /** Its place among the jobs, which gives it its colour. */
  readonly index: number;
  readonly snapshot: Snapshot | null;
  readonly job: TuningJob | null;
  readonly trials: readonly Trial[];
  readonly best: Trial | null;
}

/** A trial that has an objective, and the best of its job up to then. */
export interface Step {
  readonly trial: Trial;
  readonly at: number;
  readonly best: number;
}

/** Jobs that aim at the same, and can be drawn in one scale. */
export interface Aim {
  readonly metric: string;
  readonly minimize: boolean;
  readonly series: readonly Series[];
}

const NONE: readonly TrainingJobSummary[] = [];

export function seriesOf(name: string, index: number, snapshot: Snapshot | null): Series {
  const job = tuningJob(snapshot);
  const all = trials(snapshot?.training_jobs ?? NONE);
  return { name, index, snapshot, job, trials: all, best: job && bestTrial(job, all) };
}

/** In the order of the axis: by the trials' numbers, or by when they ended, in seconds since the job was created. */
export function steps({ job, trials: all }: Series, by: By): Step[] {
  if (!job) {
    return [];
  }
  const found = all.flatMap((trial): { trial: Trial; at: number }[] => {
    const at = by === 'trial' ? trial.number : trial.ended === null ? null : trial.ended - job.CreationTime;
    const measured = trial.objective !== null && Number.isFinite(trial.objective);
    return at === null || !measured ? [] : [{ trial, at }];
  });
  found.sort((a, b) => a.at - b.at);
  const bests = bestSoFar(
    found.map(({ trial }) => trial),
    minimizes(job)
  );
  return found.flatMap(({ trial, at }, index) => {
    const best = bests[index];
    return best === null || best === undefined ? [] : [{ trial, at, best }];
  });
}

/** How long a job ran, or runs so far, in seconds. */
export function elapsed({ job }: Series, now: number): number | null {
  if (!job) {
    return null;
  }
  const end = isRunning(job.HyperParameterTuningJobStatus)
    ? now
    : (job.HyperParameterTuningEndTime ?? job.LastModifiedTime ?? job.CreationTime);
  return Math.max(0, end - job.CreationTime);
}

/** Jobs by what they aim at, in the order in which they were given; a job that was not seen yet aims at nothing. */
export function aims(all: readonly Series[]): Aim[] {
  const found = new Map<string, { metric: string; minimize: boolean; series: Series[] }>();
  for (const series of all) {
    const objective = series.job?.HyperParameterTuningJobConfig.HyperParameterTuningJobObjective;
    if (objective) {
      const id = `${objective.Type} ${objective.MetricName}`;
      const aim = found.get(id) ?? { metric: objective.MetricName, minimize: minimizes(series.job), series: [] };
      aim.series.push(series);
      found.set(id, aim);
    }
  }
  return [...found.values()];
}

/** The job that is ahead among those with one aim; null while none has an objective. */
export function leader({ series, minimize }: Aim): Series | null {
  const sign = minimize ? -1 : 1;
  let ahead: Series | null = null;
  for (const each of series) {
    const value = each.best?.objective ?? null;
    const most = ahead?.best?.objective ?? null;
    if (value !== null && (most === null || sign * value > sign * most)) {
      ahead = each;
    }
  }
  return ahead;
}

/** `Maximize accuracy`, as people read it. */
export function aimText(job: TuningJob | null): string {
  const objective = job?.HyperParameterTuningJobConfig.HyperParameterTuningJobObjective;
  return objective ? `${words(objective.Type)} ${objective.MetricName}` : '';
}

/** Names of all hyperparameters that the jobs tuned, in the order in which they first occur. */
export function parameterNames(all: readonly Series[]): string[] {
  return [...new Set(all.flatMap(({ best }) => Object.keys(best?.parameters ?? {})))];
}
