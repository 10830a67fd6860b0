/** Names of what is there already, for members that name one. */

import { useEffect, useState } from 'react';
import { type Drawing, useDrawing } from './drawing';
import type { FormSchema } from './members';

interface Known {
  readonly asked: string;
  readonly names: readonly string[];
}

/** Names that a member can have; none if it names nothing, or while they are not known. */
export function useNames(schema: FormSchema): readonly string[] {
  const drawing = useDrawing();
  const { server } = drawing.sagemaker;
  const kind = schema['x-kind'];
  const member = schema['x-name'];
  const filters = filtersOf(schema, drawing);
  const asked = JSON.stringify([kind, filters, drawing.connection]);
  const [known, setKnown] = useState<Known>({ asked: '', names: [] });
  useEffect(() => {
    let current = true;
    if (kind !== undefined && member !== undefined) {
      const wanted = JSON.parse(asked) as [string, Record<string, string>];
      server.list(kind, wanted[1]).then(
        answer => {
          if (current) {
            setKnown({ asked, names: namesIn(answer, member) });
          }
        },
        () => {
          // A list that may not be read offers nothing; the name can be typed.
          if (current) {
            setKnown({ asked, names: [] });
          }
        }
      );
    }
    return () => {
      current = false;
    };
  }, [server, kind, member, asked]);
  return known.asked === asked ? known.names : [];
}

function filtersOf(schema: FormSchema, { request }: Drawing): Record<string, string> {
  const within = schema['x-within'];
  const around = within === undefined ? undefined : request[within];
  return within !== undefined && typeof around === 'string' && around !== '' ? { [`${within}Equals`]: around } : {};
}

/** The values of a member in the one list of an answer. */
export function namesIn(answer: Readonly<Record<string, unknown>>, member: string): string[] {
  const list: unknown = Object.values(answer).find(Array.isArray);
  const rows = Array.isArray(list) ? (list as Record<string, unknown>[]) : [];
  return rows.map(row => row[member]).filter((name): name is string => typeof name === 'string');
}
