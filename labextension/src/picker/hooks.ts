import { useCallback, useEffect, useMemo, useState } from 'react';
import type { InstanceTypes, Prices, ServiceError } from '../model';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { type Row, rowsOf } from './rows';

export interface Instances {
  /** Null: not known yet. */
  readonly rows: readonly Row[] | null;
  /** What is to be said of every type on this connection. */
  readonly note: string;
  readonly currency: string;
  /** Why there are no prices, or what is to be said of them. */
  readonly priceMessage: string | null;
  readonly problem: ServiceError | null;
  readonly reload: () => void;
}

interface Answers {
  /** What was asked. */
  readonly asked: string;
  readonly types: InstanceTypes | null;
  readonly prices: Prices | null;
  readonly problem: ServiceError | null;
}

/** The instance types of a use, and their prices when they come: the list does not wait for them. */
export function useInstances(
  sagemaker: ISageMaker,
  use: string,
  appType: string | null,
  connection: string | undefined
): Instances {
  const { server } = sagemaker;
  const [turn, setTurn] = useState(0);
  const asked = JSON.stringify([use, appType, connection, turn]);
  const [answers, setAnswers] = useState<Answers>({ asked, types: null, prices: null, problem: null });
  const reload = useCallback(() => setTurn(count => count + 1), []);

  useEffect(() => {
    let current = true;
    const add = (found: Partial<Answers>): void => {
      if (current) {
        setAnswers(known => ({
          ...(known.asked === asked ? known : { types: null, prices: null, problem: null }),
          ...found,
          asked
        }));
      }
    };
    server.instanceTypes(use, appType).then(
      types => add({ types }),
      (error: unknown) => add({ problem: asServiceError(error) })
    );
    server.prices(use, appType).then(
      prices => add({ prices }),
      (error: unknown) => add({ prices: { currency: '', per_hour: {}, message: asServiceError(error).message } })
    );
    return () => {
      current = false;
    };
  }, [server, use, appType, asked]);

  const { types, prices, problem } = answers.asked === asked ? answers : { types: null, prices: null, problem: null };
  const rows = useMemo(() => types && rowsOf(types.items, prices?.per_hour ?? {}), [types, prices]);
  return {
    rows,
    note: types?.note ?? '',
    currency: prices?.currency ?? '',
    priceMessage: prices?.message ?? null,
    problem,
    reload
  };
}
