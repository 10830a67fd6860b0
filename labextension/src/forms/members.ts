/** Reading the schema of a form, where structures stand by name as `form_schema.py` explains. */

import type { RJSFSchema } from '@rjsf/utils';
import { count, getIn, type Path, SEPARATOR, type Values } from './values';
import { isRecord } from '../records';

/** The schema of a form: structures stand by name, as `form_schema.py` explains. */
export interface FormSchema extends RJSFSchema {
  readonly 'x-shape'?: string;
  readonly 'x-more'?: string;
  readonly 'x-instances'?: string;
  readonly 'x-kind'?: string;
  readonly 'x-name'?: string;
  readonly 'x-within'?: string;
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
    const inner = mark(found.additionalProperties, root);
    found.additionalProperties = inner;
    if (isRecord(inner) && inner.type === 'string' && inner.enum === undefined) {
      found.$id = 'map';
    }
  } else if ('x-shape' in found) {
    found.$id = 'structure';
  } else if (found.type === 'array' && pairOf(root, found)) {
    found.$id = 'pairs';
  }
  return found;
}

/** The type of app that a member is about: that whose settings it is in, or that of the request. */
export function appTypeOf(path: readonly string[], request: Values): string | null {
  const settings = path.map(name => /^(\w+)AppSettings$/.exec(name)?.[1]).find(type => type !== undefined);
  return settings ?? (typeof request.AppType === 'string' ? request.AppType : null);
}

/** Elements of a list have no name of their own: the list's, and their place in it. */
export function labelOf(root: FormSchema, prefix: string, id: string): string | null {
  const path = id.slice(prefix.length + 1).split(SEPARATOR);
  const place = Number(path.at(-1));
  const title = Number.isInteger(place) ? memberAt(root, path.slice(0, -1))?.title : undefined;
  return title === undefined ? null : `${title} ${place + 1}`;
}
