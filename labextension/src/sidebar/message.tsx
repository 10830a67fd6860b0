import { type JSX, useState } from 'react';
import { Clipboard } from '@jupyterlab/apputils';
import type { ServiceError } from '../model';
import type { Translate } from '../views/text';

export interface MessageProps {
  readonly tone: 'bad' | 'busy' | 'idle';
  readonly text: string;
  readonly hint?: string | null;
  readonly children?: JSX.Element | null;
}

/** Something the user should know, and what can be done about it. */
export function Message({ tone, text, hint, children }: MessageProps): JSX.Element {
  return (
    <div className="jp-sm-notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <div>{text}</div>
      {hint && <div className="jp-sm-hint">{hint}</div>}
      {children}
    </div>
  );
}

export interface FailureProps {
  readonly trans: Translate;
  readonly error: ServiceError;
  /** Instead of the error's own message. */
  readonly text?: string;
}

/** What went wrong, what can be done about it and, if a permission is missing, the statement that gives it. */
export function Failure({ trans, error, text = error.message }: FailureProps): JSX.Element {
  return (
    <Message tone="bad" text={text} hint={error.hint ?? null}>
      <Statement trans={trans} text={error.statement} />
    </Message>
  );
}

export interface StatementProps {
  readonly trans: Translate;
  readonly text: string | null | undefined;
  readonly tabIndex?: number;
}

/** A policy statement to be copied; nothing where there is none. */
export function Statement({ trans, text, tabIndex }: StatementProps): JSX.Element | null {
  const [copied, setCopied] = useState<string | null>(null);
  if (!text) {
    return null;
  }
  return (
    <div className="jp-sm-statement">
      <button
        type="button"
        className="jp-sm-button"
        title={text}
        tabIndex={tabIndex}
        onClick={event => {
          // In a tree it must not select or unfold anything.
          event.stopPropagation();
          Clipboard.copyToSystem(text);
          setCopied(text);
        }}
      >
        {trans.__('Copy policy statement')}
      </button>
      <span className="jp-sm-of" role="status">
        {copied === text && trans.__('Copied.')}
      </span>
    </div>
  );
}
