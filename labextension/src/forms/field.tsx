import { type JSX, useId } from 'react';

export interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  /** The control, given its id and the id of the hint. */
  readonly children: (id: string, hint: string | undefined) => JSX.Element;
}

/** A labelled control with a hint below it. */
export function Field({ label, hint, children }: FieldProps): JSX.Element {
  const id = useId();
  const hintId = useId();
  return (
    <div className="jp-sm-field">
      <label htmlFor={id}>{label}</label>
      {children(id, hint === undefined ? undefined : hintId)}
      {hint !== undefined && (
        <span id={hintId} className="jp-sm-of">
          {hint}
        </span>
      )}
    </div>
  );
}
