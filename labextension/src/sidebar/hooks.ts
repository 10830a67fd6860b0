import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { asServiceError, LiveState } from '../source';
import type { ConnectionState, DeniedDeed, ServiceError } from '../model';
import type { ISageMaker } from '../tokens';

const NOTHING: LiveState = { snapshot: null, problem: null };

/** A live list of a kind, as long as anybody looks. */
export function useLiveList(sagemaker: ISageMaker, kind: string, active: boolean): LiveState {
  const [state, setState] = useState(NOTHING);
  useEffect(
    () => (active ? sagemaker.source.subscribe({ kind, key: [] }, setState) : undefined),
    [sagemaker, kind, active]
  );
  return state;
}

export interface Attempt {
  readonly busy: boolean;
  /** What went wrong the last time. */
  readonly problem: ServiceError | null;
  /** Do something; tells whether it went well. */
  readonly attempt: (work: () => Promise<void>) => Promise<boolean>;
}

/** What a form does when it is sent. */
export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const attempt = useCallback(async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(asServiceError(error));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { busy, problem, attempt };
}

/** What is denied. */
export function useDenied({ source }: ISageMaker): readonly DeniedDeed[] {
  return useSyncExternalStore(
    useCallback(listener => source.onDenied(listener), [source]),
    () => source.denied
  );
}

export interface ConnectionInUse {
  readonly state: ConnectionState | null;
  readonly problem: ServiceError | null;
  /** Ask the server again. */
  readonly reload: () => void;
  readonly choose: (state: ConnectionState) => void;
}

/**
 * The connection in use; asked for again when a snapshot comes from another one, or comes at all though nobody answered.
 */
export function useConnection(sagemaker: ISageMaker, jobs: LiveState, active: boolean): ConnectionInUse {
  const [state, setState] = useState<ConnectionState | null>(null);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const [asked, setAsked] = useState(0);
  const reload = useCallback(() => setAsked(count => count + 1), []);
  const choose = useCallback((answer: ConnectionState) => {
    setState(answer);
    setProblem(null);
  }, []);
  const ask = useCallback(() => {
    let current = true;
    sagemaker.server.connection().then(
      answer => {
        if (current) {
          choose(answer);
        }
      },
      (error: unknown) => {
        if (current) {
          setProblem(asServiceError(error));
        }
      }
    );
    return () => {
      current = false;
    };
  }, [sagemaker, choose]);
  useEffect(() => (active ? ask() : undefined), [active, asked, ask]);

  const { snapshot } = jobs;
  const works = snapshot !== null && !snapshot.error && !jobs.problem;
  const outdated =
    problem !== null
      ? works
      : state !== null && snapshot !== null && (state.id !== snapshot.connection || (works && state.state !== 'ready'));
  useEffect(() => (active && outdated ? ask() : undefined), [active, outdated, ask]);
  // What has just gone wrong with the jobs may be wrong with the connection.
  const trouble = state?.state === 'ready' ? (snapshot?.error?.message ?? null) : null;
  useEffect(() => (active && trouble !== null ? ask() : undefined), [active, trouble, ask]);
  return { state, problem, reload, choose };
}
