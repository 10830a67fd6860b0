import type { JSX } from 'react';
import type { RowState } from './rows';

/** A shape for each state, so that none is told by its colour alone; for the eye only, the text stands beside it. */
export function StateMark({ state }: { readonly state: RowState }): JSX.Element {
  return (
    <svg className="jp-sm-mark" data-state={state} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {shapeOf(state)}
    </svg>
  );
}

function shapeOf(state: RowState): JSX.Element {
  switch (state) {
    case 'running':
      return <circle cx="6" cy="6" r="4.5" fill="currentColor" />;
    case 'ready':
      return <path d="m2 6.5 2.7 2.7L10 3.5" fill="none" stroke="currentColor" strokeWidth="1.6" />;
    case 'failed':
      return (
        <>
          <path d="M6 .8 11.6 11H.4Z" fill="currentColor" />
          <path className="jp-sm-markHole" d="M6 4v3.6M6 8.7v1.2" strokeWidth="1.3" />
        </>
      );
    case 'stopped':
      return <rect x="2" y="2" width="8" height="8" rx="1" fill="none" stroke="currentColor" strokeWidth="1.4" />;
    default:
      return (
        <circle cx="6" cy="6" r="4.3" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="18 9" />
      );
  }
}
