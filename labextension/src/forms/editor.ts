/** The state of one form: what it starts with, what was filled in, what is wrong with it, and the way to the service. */

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Form, ServiceError } from '../model';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { Drafts } from './drafts';
import { type FirstField, isSeen, settled, toldViolations, type Violation, withInstance } from './editing';
import { type FormSchema, marked } from './members';
import type { Origin } from './tab';
import { changed, cleaned, idOf, related, same, takenAway, type Values } from './values';
import { isRecord } from '../records';

const CHECK_PAUSE = 250; // ms after the last key stroke

/** A form with what is known of the connection it is for. */
export interface Loaded {
  readonly form: Form;
  readonly schema: FormSchema;
  readonly first: readonly FirstField[];
  readonly connection: string;
  /** The connection's name for people. */
  readonly label: string;
  /** What it starts with. */
  readonly start: Values;
  /** Members that name what is updated; none for a create. */
  readonly key: Values;
  readonly drafts: Drafts;
  readonly draftKey: string;
  readonly origin: Origin | undefined;
}

export interface Editor {
  readonly values: Values;
  readonly all: boolean;
  /** The request as it would be sent now. */
  readonly request: Values;
  readonly untouched: boolean;
  /** Whether what is shown was filled in earlier. */
  readonly restored: boolean;
  readonly busy: boolean;
  readonly attempted: boolean;
  readonly problem: ServiceError | null;
  /** Whether the model has nothing against the request. */
  readonly valid: boolean;
  /** What is wrong, as far as it is to be shown. */
  readonly shown: readonly Violation[];
  readonly edit: (values: Values, id?: string) => void;
  readonly visit: (id: string) => void;
  readonly showAll: (all: boolean) => void;
  readonly startOver: () => void;
  /** Forget what was filled in. */
  readonly forget: () => void;
  readonly submit: () => Promise<void>;
}

/** Get a form, and what was filled in before. */
export async function load(
  sagemaker: ISageMaker,
  operation: string,
  initial: Values,
  origin?: Origin
): Promise<{ loaded: Loaded; draft: { values: Values; all: boolean } | null }> {
  const { server } = sagemaker;
  const drafts = new Drafts(sagemaker.state);
  const given = Object.fromEntries(
    Object.entries(origin ? {} : initial).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  );
  const connection = await server.connection();
  const form = await server.form(operation, given);
  const updates = form.ui.verb === 'update';
  const key = updates ? Object.fromEntries(form.ui.key.map(name => [name, initial[name]])) : {};
  const schema = marked(form.schema);
  const first = form.ui.first as readonly FirstField[];
  const named = [...Object.values(key).map(String), ...(origin ? [origin.id] : [])];
  const draftKey = [connection.id, operation, ...named].map(encodeURIComponent).join('/');
  const loaded: Loaded = {
    form,
    schema,
    first,
    connection: connection.id,
    label: connection.label,
    start: updates
      ? form.defaults
      : origin
        ? initial
        : overlaid(withInstance(form.defaults, schema, first, sagemaker.settings.preferredInstance), initial),
    key,
    drafts,
    draftKey,
    origin
  };
  return { loaded, draft: await drafts.load(draftKey) };
}

function overlaid(below: Values, above: Values): Values {
  const found: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const under = found[name];
    found[name] = isRecord(under) && isRecord(value) ? overlaid(under, value) : value;
  }
  return found;
}

export function useEditor(
  sagemaker: ISageMaker,
  operation: string,
  loaded: Loaded,
  draft: { values: Values; all: boolean } | null,
  prefix: string,
  onDone: (answer: Values, request: Values) => void
): Editor {
  const { server, source, trans } = sagemaker;
  const { form, schema, first, start, key, drafts, draftKey } = loaded;
  const updates = form.ui.verb === 'update';
  const [values, setValues] = useState<Values>(draft?.values ?? start);
  const [all, setAll] = useState(draft?.all ?? false);
  const [restored, setRestored] = useState(draft !== null);
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set());
  const [attempted, setAttempted] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const [found, setFound] = useState<readonly Violation[] | null>(null);
  const [told, setTold] = useState<readonly Violation[]>([]);
  const current = useRef(values);

  const full = useMemo(() => cleaned(values, updates), [values, updates]);
  const request = useMemo(
    () => (updates ? { ...key, ...changed(cleaned(start, true), full) } : full),
    [updates, key, start, full]
  );
  const untouched = updates && same(cleaned(start, true), full);

  // A later answer to an earlier question must not win.
  const asked = useRef(0);
  const check = useCallback(async (): Promise<readonly Violation[]> => {
    const turn = ++asked.current;
    const gone = updates ? takenAway(cleaned(start, true), full) : [];
    const kept = gone.map(name => ({ path: [name], message: trans.__('An update cannot take this away.') }));
    const answer = [...kept, ...(await server.checks(operation, request))];
    if (turn === asked.current) {
      setFound(answer);
    }
    return answer;
  }, [server, operation, request, updates, start, full, trans]);
  useEffect(() => {
    // Without an answer there is nothing to show; sending it will tell.
    const timer = window.setTimeout(() => void check().catch(() => undefined), CHECK_PAUSE);
    return () => window.clearTimeout(timer);
  }, [check]);

  const shown = useMemo(() => {
    const known = [...told, ...(found ?? [])];
    return attempted ? known : known.filter(each => [...visited].some(id => isSeen(schema, prefix, id, each)));
  }, [attempted, told, found, visited, prefix, schema]);

  return {
    values,
    all,
    request,
    untouched,
    restored,
    busy,
    attempted,
    problem,
    valid: found?.length === 0,
    shown,
    edit: (next, id) => {
      if (same(next, current.current)) {
        return;
      }
      const now = settled(first, current.current, next);
      current.current = now;
      setValues(now);
      drafts.save(draftKey, { values: now, all });
      if (id !== undefined) {
        // The service's word on it was about what stood there before.
        setTold(known => known.filter(({ path }) => !related(idOf(prefix, path), id)));
        setVisited(known => (known.has(id) ? known : new Set([...known, id])));
      }
    },
    visit: id => setVisited(known => (known.has(id) ? known : new Set([...known, id]))),
    showAll: wanted => {
      setAll(wanted);
      drafts.save(draftKey, { values: current.current, all: wanted });
    },
    forget: () => drafts.forget(draftKey),
    startOver: () => {
      drafts.forget(draftKey);
      current.current = start;
      setValues(start);
      setRestored(false);
      setAttempted(false);
      setVisited(new Set());
      setTold([]);
      setProblem(null);
    },
    submit: async () => {
      setBusy(true);
      setProblem(null);
      setTold([]);
      setAttempted(true);
      try {
        if ((await check()).length > 0) {
          return;
        }
        const { id, label } = await server.connection();
        if (id !== loaded.connection) {
          // Its roles, buckets and domains are not those of the other one, which may cost money.
          setProblem({
            message: trans.__('This form is for %1, but the connection in use is %2 now.', loaded.label, label),
            code: 'ConnectionChanged',
            hint: trans.__('Switch back, or close this form and open it again.')
          });
          return;
        }
        const answer = updates
          ? await server.update({ kind: form.ui.kind, key: form.ui.key.map(name => String(key[name])) }, request)
          : await server.create(form.ui.kind, request);
        drafts.forget(draftKey);
        source.refresh();
        onDone(answer, request);
      } catch (error) {
        const failure = asServiceError(error);
        setProblem(failure);
        // What it was denied for is not offered any longer, wherever it is.
        source.refresh();
        setTold(toldViolations(schema, failure.message));
      } finally {
        setBusy(false);
      }
    }
  };
}
