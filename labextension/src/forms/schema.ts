/** Reading the JSON Schema of an AWS request, as the forms need it. */

import type { JSONSchema } from '../request';

/** The schema of a member, by its path; null if there is none. */
export function memberSchema(root: JSONSchema, path: readonly string[]): JSONSchema | null {
  let found: JSONSchema | undefined = root;
  for (const name of path) {
    found = resolve(root, found)?.properties?.[name];
  }
  return resolve(root, found) ?? null;
}

function resolve(root: JSONSchema, schema: JSONSchema | undefined): JSONSchema | undefined {
  let found = schema;
  // A reference may lead to another one, but never to more than there are definitions.
  for (let left = Object.keys(root.$defs ?? {}).length; found?.$ref !== undefined && left > 0; left -= 1) {
    found = root.$defs?.[found.$ref.replace('#/$defs/', '')];
  }
  return found;
}

export interface Family {
  readonly name: string;
  readonly types: readonly string[];
}

/** Instance types by family, `ml.trn1` and so on, in the order of the model; sizes stay in its order too. */
export function families(types: readonly string[]): Family[] {
  const byName = new Map<string, string[]>();
  for (const type of types) {
    const name = /^ml\.[^.]+/.exec(type)?.[0];
    if (name !== undefined) {
      const found = byName.get(name);
      if (found) {
        found.push(type);
      } else {
        byName.set(name, [type]);
      }
    }
  }
  return [...byName].map(([name, found]) => ({ name, types: found }));
}

/** Families with an accelerator, by the first letters of their names. */
export function accelerator(family: string): 'Trainium' | 'Inferentia' | 'GPU' | null {
  const letters = /^ml\.([a-z]+)/.exec(family)?.[1] ?? '';
  return letters === 'trn' ? 'Trainium' : letters === 'inf' ? 'Inferentia' : /^(p|g|gr)$/.test(letters) ? 'GPU' : null;
}
