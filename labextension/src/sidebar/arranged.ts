/** Which jobs and algorithms the panel shows, and in which order. */

import { isRunning } from '../job';
import { type AlgorithmSummary, type JobItem, type Snapshot, type Watch, watchId } from '../model';
import { tone, words } from '../views/status';

/** Groups of statuses, of all kinds of jobs. */
export const GROUPS = ['running', 'completed', 'failed', 'stopped'] as const;
export type Group = (typeof GROUPS)[number];

/** The job that a pin is of. */
export function pinnedWatch(id: string): Watch {
  const [kind = '', ...key] = id.split('/').map(decodeURIComponent);
  return { kind, key };
}

export function groupOf(status: string): Group {
  if (isRunning(status)) {
    return 'running';
  }
  const found = tone(status);
  return found === 'good' ? 'completed' : found === 'bad' ? 'failed' : 'stopped';
}

export interface Choice {
  readonly filter: string;
  /** Empty: all. */
  readonly group: string;
  readonly pins: readonly string[];
}

/** The jobs that are shown: pinned ones first, and every word of the filter in the name, kind or status. */
export function arranged(items: readonly JobItem[], { filter, group, pins }: Choice): readonly JobItem[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const pinned = new Set(pins);
  const shown = items.filter(({ name, kind, status }) => {
    const told = [name, kind, words(status)].join(' ').toLowerCase();
    return (group === '' || groupOf(status) === group) && wanted.every(word => told.includes(word));
  });
  const [first, rest]: [JobItem[], JobItem[]] = [[], []];
  for (const job of shown) {
    (pinned.has(watchId(job)) ? first : rest).push(job);
  }
  return [...first, ...rest];
}

interface DescribedJob {
  readonly CreationTime: number;
  readonly LastModifiedTime?: number;
  readonly TrainingJobStatusCounters?: JobItem['summary']['TrainingJobStatusCounters'];
  readonly HyperParameterTuningJobConfig?: { readonly ResourceLimits?: JobItem['summary']['ResourceLimits'] };
}

/** A job that is too old for the list, as the list would tell of it; null if it was never seen. */
export function itemOf({ kind, key, status, described, ways }: Snapshot): JobItem | null {
  if (!described || status === null) {
    return null;
  }
  const { CreationTime: created, LastModifiedTime: modified = created, ...job } = described as DescribedJob;
  const { TrainingJobStatusCounters: counters } = job;
  const limits = job.HyperParameterTuningJobConfig?.ResourceLimits;
  return {
    kind,
    key,
    name: key[0] ?? '',
    status,
    created,
    modified,
    ...(ways && { ways }),
    summary: {
      ...(counters && { TrainingJobStatusCounters: counters }),
      ...(limits && { ResourceLimits: limits })
    }
  };
}

/** What a list tells of algorithms, newest first; null if nothing was heard yet. */
export function newestFirst(snapshot: Snapshot | null): readonly AlgorithmSummary[] | null {
  const items = (snapshot?.items ?? null) as readonly AlgorithmSummary[] | null;
  return items && [...items].sort((a, b) => b.CreationTime - a.CreationTime);
}
