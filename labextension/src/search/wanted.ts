/** What is searched for, and how it is kept over a reload. */

/** Words of the kinds of jobs that can be searched for; `%sm search --kind` takes the same. */
export const KINDS = ['training', 'tuning'] as const;
export type Kind = (typeof KINDS)[number];

export interface Wanted {
  readonly text: string;
  readonly kind: Kind;
  /** The property by which the jobs are sorted. */
  readonly sort: string;
  readonly descending: boolean;
  /** Whether it was searched for, not only written. */
  readonly ran: boolean;
}

export const NOTHING_WANTED: Wanted = { text: '', kind: 'training', sort: 'created', descending: true, ran: false };

/** What was kept, as far as it can be understood. */
export function parseWanted(kept: string): Wanted {
  let found: Partial<Record<keyof Wanted, unknown>>;
  try {
    found = (JSON.parse(kept || 'null') ?? {}) as typeof found;
  } catch {
    return NOTHING_WANTED;
  }
  const { text, kind, sort, descending, ran } = found;
  return {
    text: typeof text === 'string' ? text : NOTHING_WANTED.text,
    kind: KINDS.find(each => each === kind) ?? NOTHING_WANTED.kind,
    sort: typeof sort === 'string' && sort !== '' ? sort : NOTHING_WANTED.sort,
    descending: descending !== false,
    ran: ran === true
  };
}

/** The request of a page of it. */
export function requestOf({ text, kind, sort, descending }: Wanted, token: string | null): object {
  return { kind, text, sort: descending ? sort : `${sort}:asc`, ...(token !== null && { token }) };
}
