/** What the plot and the table show of a tuning job's training jobs, worked out once per summary. */

import { TrainingJobSummary, TuningJob } from '../model';
import type { Parameter } from './parameters';

export interface Trial {
  readonly number: number;
  readonly name: string;
  readonly status: string;
  readonly objective: number | null;
  readonly parameters: Readonly<Record<string, string>>;
  readonly started: number | null;
  readonly ended: number | null;
  readonly reason: string | null;
  readonly summary: TrainingJobSummary;
}

/** What every chart of a tuning job is drawn from. */
export interface TrialData {
  /** In the order of their numbers. */
  readonly trials: readonly Trial[];
  readonly best: Trial | null;
  readonly minimize: boolean;
  readonly metric: string;
  readonly parameters: readonly Parameter[];
  /** Trials there will be at most. */
  readonly maximum: number | null;
  /** Whether more can come. */
  readonly running: boolean;
}

/** Summaries are replaced, never changed, so what was worked out of one stays true. */
const worked = new WeakMap<TrainingJobSummary, Trial>();

const NUMBER = /-(\d{3,})-[0-9a-f]{8}$/;

function trialOf(summary: TrainingJobSummary, position: number): Trial {
  const found = NUMBER.exec(summary.TrainingJobName)?.[1];
  return {
    number: found === undefined ? position : Number(found),
    name: summary.TrainingJobName,
    status: summary.TrainingJobStatus,
    objective: summary.FinalHyperParameterTuningJobObjectiveMetric?.Value ?? null,
    parameters: summary.TunedHyperParameters,
    started: summary.TrainingStartTime ?? null,
    ended: summary.TrainingEndTime ?? null,
    reason: summary.FailureReason ?? null,
    summary
  };
}

/** Trials in the order in which they were made. */
export function trials(summaries: readonly TrainingJobSummary[]): Trial[] {
  const all = summaries.map((summary, index) => {
    let trial = worked.get(summary);
    if (!trial) {
      trial = trialOf(summary, index + 1);
      worked.set(summary, trial);
    }
    return trial;
  });
  return all.sort((a, b) => a.number - b.number);
}

export function minimizes(job: TuningJob | null): boolean {
  return job?.HyperParameterTuningJobConfig.HyperParameterTuningJobObjective?.Type === 'Minimize';
}

/** The best objective among the trials up to each one; null before the first that has any. */
export function bestSoFar(all: readonly Trial[], minimize: boolean): (number | null)[] {
  let best: number | null = null;
  return all.map(({ objective }) => {
    if (objective !== null && Number.isFinite(objective)) {
      best = best === null ? objective : minimize ? Math.min(best, objective) : Math.max(best, objective);
    }
    return best;
  });
}

/**
 * The best trial: the service's own choice if it made one, for it knows more (a trial may be dropped from the race).
 */
export function bestTrial(job: TuningJob | null, all: readonly Trial[]): Trial | null {
  const chosen = job?.BestTrainingJob?.TrainingJobName;
  const found = chosen === undefined ? undefined : all.find(trial => trial.name === chosen);
  if (found) {
    return found;
  }
  if (job?.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric) {
    return trialOf(job.BestTrainingJob, 0);
  }
  const sign = minimizes(job) ? -1 : 1;
  let best: Trial | null = null;
  for (const trial of all) {
    if (trial.objective !== null && trial.status === 'Completed') {
      best = best === null || sign * trial.objective > sign * (best.objective ?? 0) ? trial : best;
    }
  }
  return best;
}

export interface Failure {
  /** What went wrong, in one line if the reason has such a line. */
  readonly gist: string;
  /** The whole reason of the first trial. */
  readonly reason: string;
  readonly numbers: readonly number[];
}

/** The line that the user's script is to blame for, out of a reason that also tells the command and the exit code. */
export function gistOf(reason: string): string {
  return /ErrorMessage "(.+)"/.exec(reason)?.[1] ?? reason;
}

/** Reasons with the trials that failed for each, most frequent first. */
export function failures(all: readonly Trial[]): Failure[] {
  const byGist = new Map<string, { gist: string; reason: string; numbers: number[] }>();
  for (const { reason, number } of all) {
    if (reason !== null) {
      const gist = gistOf(reason);
      const found = byGist.get(gist);
      if (found) {
        found.numbers.push(number);
      } else {
        byGist.set(gist, { gist, reason, numbers: [number] });
      }
    }
  }
  return [...byGist.values()].sort((a, b) => b.numbers.length - a.numbers.length);
}

/** Id of a column: `number`, `status`, `objective`, `duration`, `started`, `name`, `reason` or `parameter:<name>`. */
type SortColumn = string;

export interface Sorting {
  readonly column: SortColumn;
  readonly descending: boolean;
}

function sortValue(trial: Trial, column: SortColumn, now: number): number | string | null {
  switch (column) {
    case 'number':
      return trial.number;
    case 'status':
      return trial.status;
    case 'objective':
      return trial.objective;
    case 'duration':
      return trialSeconds(trial, now);
    case 'started':
      return trial.started;
    case 'name':
      return trial.name;
    case 'reason':
      return trial.reason;
    default: {
      const value = trial.parameters[column.slice('parameter:'.length)];
      if (value === undefined) {
        return null;
      }
      const parsed = Number(value);
      return value.trim() === '' || Number.isNaN(parsed) ? value : parsed;
    }
  }
}

// One for all: localeCompare makes itself another for every two words.
const ALPHABET = new Intl.Collator();

/** Sorted copy; trials that lack the value come last in either direction, and equals keep the order of their numbers. */
export function sortTrials(all: readonly Trial[], sorting: Sorting, now: number): Trial[] {
  const sign = sorting.descending ? -1 : 1;
  const keyed = all.map(trial => ({ trial, value: sortValue(trial, sorting.column, now) }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) {
      return a.value === b.value ? a.trial.number - b.trial.number : a.value === null ? 1 : -1;
    }
    const order =
      typeof a.value === 'number' && typeof b.value === 'number'
        ? a.value - b.value
        : ALPHABET.compare(String(a.value), String(b.value));
    return order === 0 ? a.trial.number - b.trial.number : sign * order;
  });
  return keyed.map(({ trial }) => trial);
}

/** How long a trial took or takes so far, in seconds; null if it has not started. */
export function trialSeconds(trial: Trial, now: number): number | null {
  return trial.started === null ? null : (trial.ended ?? now) - trial.started;
}
