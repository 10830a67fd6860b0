/** Which tuning jobs can be compared, and in which order they are offered. */

import type { TuningJob, Watch } from '../model';
import { aimText } from '../views/series';

export interface Candidate {
  readonly name: string;
  readonly status: string;
  readonly created: number;
  /** What it aims at; empty where nobody could tell. */
  readonly aim: string;
  /** Whether it aims at the same as the job that is compared with others. */
  readonly same: boolean;
}

interface Listed extends Watch {
  readonly name: string;
  readonly status: string;
  readonly created: number;
}

/** What is described and what is only listed, newest first; those that aim at the same as the first before all others. */
export function candidates(
  described: readonly TuningJob[],
  listed: readonly Listed[],
  first: string | null
): readonly Candidate[] {
  const aimOf = new Map(described.map(job => [job.HyperParameterTuningJobName, aimText(job)]));
  const wanted = first === null ? null : (aimOf.get(first) ?? null);
  const all = new Map<string, Omit<Candidate, 'same'>>();
  for (const job of described) {
    const { HyperParameterTuningJobName: name, HyperParameterTuningJobStatus: status, CreationTime: created } = job;
    all.set(name, { name, status, created, aim: aimText(job) });
  }
  for (const { kind, name, status, created } of listed) {
    if (kind === 'tuning-jobs') {
      // What the list says of a job is newer; what it aims at only a description tells.
      all.set(name, { name, status, created, aim: aimOf.get(name) ?? '' });
    }
  }
  return [...all.values()]
    .map(job => ({ ...job, same: wanted !== null && job.aim === wanted }))
    .sort((a, b) => Number(b.same) - Number(a.same) || b.created - a.created);
}
