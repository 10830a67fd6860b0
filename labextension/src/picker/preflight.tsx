/** What would go wrong, before it is asked for: lines that warn and never lock. */

import { type JSX, useEffect, useRef, useState } from 'react';
import { Failure } from '../sidebar/message';
import type { Check } from '../model';
import type { ISageMaker } from '../tokens';
import { Asker, byWeight, type CheckState, NOTHING, type Result, safeLink } from './asker';
import '../../style/picker/preflight.css';

export interface PreflightProps {
  readonly sagemaker: ISageMaker;
  /** AWS's name of the operation. */
  readonly operation: string;
  /** Its request, as far as it is filled in. */
  readonly request: object;
  /** Told what was found, and whether an answer is still to come. */
  readonly onResult?: (result: Result) => void;
}

const ICONS: Readonly<Record<CheckState, string>> = { ok: '✓', warning: '!', blocked: '✕', unknown: '?' };

export function Preflight({ sagemaker, operation, request, onResult }: PreflightProps): JSX.Element | null {
  const { trans, server } = sagemaker;
  const [result, setResult] = useState(NOTHING);
  const told = useRef(onResult);
  useEffect(() => {
    told.current = onResult;
  });
  const asker = useRef<Asker | null>(null);
  useEffect(() => {
    const own = new Asker(
      (wanted, body) => server.preflight(wanted, body),
      news => {
        setResult(news);
        told.current?.(news);
      },
      window
    );
    asker.current = own;
    return () => own.cancel();
  }, [server]);
  // A form makes a new object at every turn; only another content is another question.
  const content = JSON.stringify(request);
  useEffect(() => {
    asker.current?.ask(operation, JSON.parse(content) as object);
  }, [server, operation, content]);

  const { checks, problem, pending, blocked } = result;
  if (!checks && !problem) {
    return pending ? (
      <p className="jp-sm-of" role="status">
        {trans.__('Checking quota, region, price and permissions…')}
      </p>
    ) : null;
  }
  return (
    <section className="jp-sm-preflight" aria-label={trans.__('Before it starts')} aria-busy={pending}>
      {problem && <Failure trans={trans} error={problem} />}
      <div role="status">
        <ul>{checks && byWeight(checks).map(check => <Line key={keyOf(check)} trans={trans} check={check} />)}</ul>
      </div>
      {blocked && <p className="jp-sm-of">{trans.__('It will probably be refused. You can try all the same.')}</p>}
    </section>
  );
}

function keyOf({ check, message }: Check): string {
  return `${check} ${message}`;
}

function Line({ trans, check }: { readonly trans: ISageMaker['trans']; readonly check: Check }): JSX.Element {
  const words: Record<CheckState, string> = {
    ok: trans.__('OK'),
    warning: trans.__('Warning'),
    blocked: trans.__('Blocked'),
    unknown: trans.__('Unknown')
  };
  const link = safeLink(check.link);
  return (
    <li data-state={check.state}>
      <span className="jp-sm-checkIcon" aria-hidden="true">
        {ICONS[check.state]}
      </span>
      <b>{words[check.state]}</b> <span>{check.message}</span>
      {link !== null && (
        <>
          {' '}
          <a href={link} target="_blank" rel="noopener noreferrer">
            {trans.__('Open in the AWS console')}
          </a>
        </>
      )}
    </li>
  );
}
