/** Which news are to be told: each once, also over reloads of the page. */

import type { EndedThing, Overview } from '../model';

/** When what was told happened, by its id; for each connection. */
export type Memory = Readonly<Record<string, Readonly<Record<string, number>>>>;

export type Outcome = EndedThing['outcome'];

export interface News {
  readonly tell: readonly EndedThing[];
  readonly memory: Memory;
}

const MOST = 500; // that are remembered for a connection

/**
 * What is new in an overview.
 *
 * Where nothing is remembered, what ended before the page was opened is not news: a first visit to an account must not
 * begin with its history. What the user does not want to hear of is remembered all the same, or a change of the
 * settings would bring all of it.
 */
export function news(overview: Overview, memory: Memory, opened: number, wanted: (outcome: Outcome) => boolean): News {
  const known = memory[overview.connection];
  const tell = overview.ended.filter(
    ({ id, at, outcome }) => wanted(outcome) && (known ? !(id in known) : at >= opened)
  );
  if (known && overview.ended.every(({ id }) => id in known)) {
    return { tell, memory };
  }
  const listed = Object.fromEntries(overview.ended.map(({ id, at }) => [id, at]));
  const older = Object.entries(known ?? {})
    .filter(([id]) => !(id in listed))
    .sort(([, a], [, b]) => b - a)
    .slice(0, Math.max(0, MOST - overview.ended.length));
  return { tell, memory: { ...memory, [overview.connection]: { ...Object.fromEntries(older), ...listed } } };
}

/** What was kept, if it is what this version keeps. */
export function readMemory(kept: unknown): Memory {
  if (typeof kept !== 'object' || kept === null) {
    return {};
  }
  const sound = Object.entries(kept as Record<string, unknown>).filter(
    (entry): entry is [string, Record<string, number>] =>
      typeof entry[1] === 'object' && entry[1] !== null && Object.values(entry[1]).every(Number.isFinite)
  );
  return Object.fromEntries(sound);
}
