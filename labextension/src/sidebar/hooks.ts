import { useCallback, useEffect, useState } from 'react';
import { asServiceError, LiveState } from '../source';
import type { ConnectionState, ServiceError } from '../model';
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

export interface ConnectionInUse {
  readonly state: ConnectionState | null;
  readonly problem: ServiceError | null;
  /** Ask the server again. */
  readonly reload: () => void;
  readonly choose: (state: ConnectionState) => void;
}

/** The connection in use; asked for again whenever a snapshot comes from another one. */
export function useConnection(sagemaker: ISageMaker, seen: string | null, active: boolean): ConnectionInUse {
  const [state, setState] = useState<ConnectionState | null>(null);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const [asked, setAsked] = useState(0);
  const known = state?.id ?? null;
  // Something came from another connection than the one that is shown: it was switched in a notebook or another page.
  const other = seen !== null && known !== null && seen !== known ? seen : null;
  useEffect(() => {
    let current = true;
    if (active) {
      sagemaker.server.connection().then(
        answer => {
          if (current) {
            setState(answer);
            setProblem(null);
          }
        },
        (error: unknown) => {
          if (current) {
            setProblem(asServiceError(error));
          }
        }
      );
    }
    return () => {
      current = false;
    };
  }, [sagemaker, active, asked, other]);
  const reload = useCallback(() => setAsked(count => count + 1), []);
  const choose = useCallback((answer: ConnectionState) => {
    setState(answer);
    setProblem(null);
  }, []);
  return { state, problem, reload, choose };
}
