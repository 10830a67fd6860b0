/** A request while it is edited: reading the form's schema, and values by path. It knows neither React nor JupyterLab. */

import type { RJSFSchema } from '@rjsf/utils';

export type Values = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

/** The schema of a form: structures stand by name, as `form_schema.py` explains. */
export interface FormSchema extends RJSFSchema {
  readonly 'x-shape'?: string;
  readonly 'x-more'?: string;
  readonly 'x-instances'?: string;
  readonly 'x-kind'?: string;
  readonly 'x-name'?: string;
  readonly 'x-within'?: string;
}

export interface FirstField {
  readonly path: readonly string[];
  readonly when?: { readonly path: readonly string[]; readonly value: string };
  readonly default?: string | number | boolean;
  /** Where the member's own title says too little. */
  readonly label?: string;
}

export interface Violation {
  readonly path: Path;
  readonly message: string;
}

const SEPARATOR = '.';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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

/** A structure itself, wherever it stands by name, and an enum wherever it is referred to. */
export function resolved(root: FormSchema, schema: FormSchema | undefined): FormSchema | undefined {
  const name = schema?.['x-shape'] ?? schema?.$ref?.replace('#/$defs/', '');
  return name === undefined ? schema : (root.$defs?.[name] as FormSchema | undefined);
}

/** The schema of a member as it stands in its structure; null if there is none. */
export function memberAt(root: FormSchema, path: Path): FormSchema | null {
  let found: FormSchema | undefined = root;
  for (const name of path) {
    const around: FormSchema | undefined = resolved(root, found);
    const next: unknown =
      around?.type === 'array'
        ? around.items
        : isRecord(around?.additionalProperties)
          ? around.additionalProperties
          : around?.properties?.[name];
    found = isRecord(next) ? next : undefined;
  }
  return found ?? null;
}

/** Whether a request that has these values needs this member. */
export function isRequired(root: FormSchema, path: readonly string[], values: Values): boolean {
  return path.every((name, at) => {
    const around = resolved(root, memberAt(root, path.slice(0, at)) ?? undefined);
    if (around?.required?.includes(name)) {
      return true;
    }
    // A structure that need not be there is there once something is in it.
    return at < path.length - 1 && count(getIn(values, path.slice(0, at + 1))) > 0;
  });
}

/** A union: exactly one of its members is given. */
export function isUnion(schema: FormSchema): boolean {
  return schema.minProperties === 1 && schema.maxProperties === 1 && schema.properties !== undefined;
}

/** A list of two texts each - tags, metrics, variables - as the names of both; null if it is another list. */
export function pairOf(root: FormSchema, schema: FormSchema): readonly [string, string] | null {
  const item = isRecord(schema.items) ? resolved(root, schema.items) : undefined;
  const members = Object.entries(item?.properties ?? {});
  const [first, second] = members;
  const plain = members.every(
    ([, member]) => isRecord(member) && member.type === 'string' && member.enum === undefined
  );
  return first && second && members.length === 2 && plain ? [first[0], second[0]] : null;
}

/** The schema with the name of the field that draws it, where it is not one of rjsf's own. */
export function marked(schema: FormSchema): FormSchema {
  return mark(schema, schema) as FormSchema;
}

function mark(node: unknown, root: FormSchema): unknown {
  if (!isRecord(node)) {
    return node;
  }
  const found: Record<string, unknown> = { ...node };
  for (const part of ['properties', '$defs'] as const) {
    const members = found[part];
    if (isRecord(members)) {
      found[part] = Object.fromEntries(Object.entries(members).map(([name, each]) => [name, mark(each, root)]));
    }
  }
  found.items &&= mark(found.items, root);
  if (isRecord(found.additionalProperties)) {
    found.additionalProperties = mark(found.additionalProperties, root);
    found.$id = 'map';
  } else if ('x-shape' in found) {
    found.$id = 'structure';
  } else if (found.type === 'array' && pairOf(root, found)) {
    found.$id = 'pairs';
  }
  return found;
}

/** Fields of the first page that are there with these values. */
export function shownFields(first: readonly FirstField[], values: Values): FirstField[] {
  return first.filter(({ when }) => when === undefined || getIn(values, when.path) === when.value);
}

/**
 * After a choice, what belonged to the one before goes, and what belongs to the new one gets its value: a Code Editor
 * space takes the instance type that was chosen for JupyterLab.
 */
export function settled(first: readonly FirstField[], before: Values, after: Values): Values {
  const was = shownFields(first, before);
  const is = shownFields(first, after);
  const gone = was.filter(field => !is.includes(field));
  const come = is.filter(field => !was.includes(field));
  let values = after;
  for (const field of gone) {
    values = setIn(values, field.path, undefined);
  }
  for (const field of come) {
    if (getIn(values, field.path) === undefined) {
      const twin = gone.find(({ path }) => path.at(-1) === field.path.at(-1));
      values = setIn(values, field.path, (twin && getIn(after, twin.path)) ?? field.default);
    }
  }
  return values;
}

/** The id of the control of a member, the same on every page of one form. */
export function idOf(prefix: string, path: Path): string {
  return [prefix, ...path].join(SEPARATOR);
}

/** Elements of a list have no name of their own: the list's, and their place in it. */
export function labelOf(root: FormSchema, prefix: string, id: string): string | null {
  const path = id.slice(prefix.length + 1).split(SEPARATOR);
  const place = Number(path.at(-1));
  const title = Number.isInteger(place) ? memberAt(root, path.slice(0, -1))?.title : undefined;
  return title === undefined ? null : `${title} ${place + 1}`;
}

/** As one writes it in Python: `InputDataConfig[0].ChannelName`. */
export function pathText(path: Path): string {
  return path
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** Whether somebody who has been at a control has seen to what a violation is about. */
export function isSeen(root: FormSchema, prefix: string, visited: string, { path }: Violation): boolean {
  const id = idOf(prefix, path);
  if (visited === id || visited.startsWith(id + SEPARATOR)) {
    return true;
  }
  // The rows of a list or map of texts are one control; a new element of another list is not filled in yet.
  const parts = visited.slice(prefix.length + 1).split(SEPARATOR);
  const drawn = memberAt(root, parts)?.$id;
  return (drawn === 'map' || drawn === 'pairs') && id.startsWith(visited + SEPARATOR);
}

/** Members that an update was to take away: the service keeps what it is not told of. */
export function takenAway(before: Values, now: Values): string[] {
  return Object.keys(before).filter(name => now[name] === undefined);
}

/** Whether two ids are of the same member, or of one inside the other. */
export function related(one: string, other: string): boolean {
  return one === other || one.startsWith(other + SEPARATOR) || other.startsWith(one + SEPARATOR);
}

/** The field of the first page at which a violation is shown; undefined if there is none. */
export function fieldOf(fields: readonly FirstField[], path: Path): FirstField | undefined {
  const inside = fields.find(field => field.path.every((name, at) => path[at] === name));
  return inside ?? fields.find(field => path.length > 0 && path.every((name, at) => field.path[at] === name));
}

/** rjsf's tree of errors. `place` says where in the form's data the member of a path is. */
export function errorTree(
  violations: readonly Violation[],
  place: (path: Path) => Path | null
): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { path, message } of violations) {
    const where = place(path);
    if (where) {
      let node = root;
      for (const name of where) {
        node = (node[name] ??= {}) as Record<string, unknown>;
      }
      const errors = (node.__errors ??= []) as string[];
      if (!errors.includes(message)) {
        errors.push(message);
      }
    }
  }
  return root;
}

const TOLD = /Value (?:null|'[\s\S]*?') at '([^']+)' failed to satisfy constraint: ([\s\S]+?)(?=; Value |$)/g;

/** What the service's own message says of members; its names start with small letters, its lists at 1. */
export function toldViolations(root: FormSchema, message: string): Violation[] {
  return [...message.matchAll(TOLD)].flatMap(([, where, constraint]) => {
    const path = where === undefined ? null : requestPath(root, where.split('.'));
    return path && constraint !== undefined ? [{ path, message: constraint }] : [];
  });
}

function requestPath(root: FormSchema, names: readonly string[]): Path | null {
  const path: (string | number)[] = [];
  let element = false;
  for (const name of names) {
    const around = resolved(root, memberAt(root, path) ?? undefined);
    if (element && name === 'member') {
      element = false;
    } else if (around?.type === 'array' || isRecord(around?.additionalProperties)) {
      path.push(around.type === 'array' ? Number(name) - 1 : name);
      element = true;
    } else {
      const member = Object.keys(around?.properties ?? {}).find(each => each.toLowerCase() === name.toLowerCase());
      if (member === undefined) {
        break;
      }
      path.push(member);
    }
  }
  return path.length > 0 ? path : null;
}
