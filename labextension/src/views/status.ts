/** The words for a status, and how it looks. */

/** `InProgress` -> `In progress`. */
export function words(status: string): string {
  if (/^[A-Z]+$/.test(status)) {
    return status === 'INPROGRESS' ? 'In progress' : status.charAt(0) + status.slice(1).toLowerCase();
  }
  const split = status.replaceAll('_', ' ').replace(/([a-z])([A-Z])/g, '$1 $2');
  return split.charAt(0) + split.slice(1).toLowerCase();
}

/** How a status looks; the words stay AWS's. */
export type Tone = 'good' | 'busy' | 'bad' | 'idle';

export function tone(status: string | null): Tone {
  const bare = (status ?? '').toLowerCase().replaceAll('_', '');
  if (bare === 'completed' || bare === 'inservice') {
    return 'good';
  }
  if (bare.includes('failed')) {
    return 'bad';
  }
  return /progress|starting|pending|stopping|deleting|updating|downloading|training|uploading/.test(bare)
    ? 'busy'
    : 'idle';
}
