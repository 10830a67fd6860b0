/** Values of a request by their paths, and the ids of their controls. It knows neither React nor JupyterLab. */

import { isRecord } from '../records';

export type Values = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

export const SEPARATOR = '.';

export function getIn(value: unknown, path: Path): unknown {
  let found = value;
  for (const name of path) {
    found = typeof found === 'object' && found !== null ? (found as Record<string | number, unknown>)[name] : undefined;
  }
  return found;
}

/** The same values with another one at a path; undefined takes it away. */
export function setIn(values: Values, path: readonly string[], value: unknown): Values {
  const [name, ...rest] = path;
  if (name === undefined) {
    return values;
  }
  const inner = values[name];
  const next = rest.length === 0 ? value : setIn(isRecord(inner) ? inner : {}, rest, value);
  return Object.fromEntries(Object.entries({ ...values, [name]: next }).filter(([, item]) => item !== undefined));
}

/** What was filled in, without what was only opened: no empty structure, nothing undefined; lists keep their places. */
export function cleaned(values: unknown, keepLists: boolean): Values {
  const found = clean(values, keepLists);
  return isRecord(found) ? found : {};
}

function clean(value: unknown, keepLists: boolean): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => clean(item, keepLists) ?? (isRecord(item) ? {} : null));
    return items.length > 0 || keepLists ? items : undefined;
  }
  if (isRecord(value)) {
    const parts = Object.entries(value)
      .map(([name, item]) => [name, clean(item, keepLists)] as const)
      .filter(([, item]) => item !== undefined && item !== null);
    return parts.length > 0 ? Object.fromEntries(parts) : undefined;
  }
  return value;
}

/** Members that are not as they were, whole: the service puts what it gets in the place of what it has. */
export function changed(before: Values, now: Values): Values {
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => !same(before[name], value)));
}

/** Whether two values are the same JSON, in whatever order their members are. */
export function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, at) => same(item, other[at]));
  }
  if (isRecord(one) && isRecord(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every(name => same(one[name], other[name]));
  }
  return one === other;
}

/** How many plain values there are in it. */
export function count(value: unknown): number {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).reduce<number>((sum, item) => sum + count(item), 0);
  }
  return value === undefined || value === null || value === '' ? 0 : 1;
}

/** The id of the control of a member, the same on every page of one form. */
export function idOf(prefix: string, path: Path): string {
  return [prefix, ...path].join(SEPARATOR);
}

/** As one writes it in Python: `InputDataConfig[0].ChannelName`. */
export function pathText(path: Path): string {
  return path
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** Members that an update was to take away: the service keeps what it is not told of. */
export function takenAway(before: Values, now: Values): string[] {
  return Object.keys(before).filter(name => now[name] === undefined);
}

/** Whether two ids are of the same member, or of one inside the other. */
export function related(one: string, other: string): boolean {
  return one === other || one.startsWith(other + SEPARATOR) || other.startsWith(one + SEPARATOR);
}

/** Seconds since 1970 as the clock on the wall has them, for a control of date and time. */
export function localTime(seconds: number): string {
  const when = new Date(seconds * 1000);
  return new Date(when.getTime() - when.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
