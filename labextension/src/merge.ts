/** Putting what changed over what was known. */

import { type Snapshot, type TrainingJobSummary, type Watch, watchId } from './model';

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
