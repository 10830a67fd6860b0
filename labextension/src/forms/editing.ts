/** The first page of a form, and what is wrong with a request: which field shows it, and whether it is time to. */

import { type FormSchema, memberAt, resolved } from './members';
import { getIn, idOf, type Path, SEPARATOR, setIn, type Values } from './values';
import { isRecord } from '../records';

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

/** With the instance type that the user prefers for apps, where the first page starts with one. */
export function withInstance(
  values: Values,
  root: FormSchema,
  first: readonly FirstField[],
  instance: string | null
): Values {
  const fields = first.filter(({ path }) => {
    const choice = resolved(root, memberAt(root, path) ?? undefined);
    const apps = choice?.['x-instances'] === 'AppInstanceType' && choice.enum?.includes(instance);
    return apps && getIn(values, path) !== undefined;
  });
  return fields.reduce<Values>((found, { path }) => setIn(found, path, instance ?? undefined), values);
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
