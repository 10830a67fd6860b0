import type { JSX } from 'react';

export interface MessageProps {
  readonly tone: 'bad' | 'busy' | 'idle';
  readonly text: string;
  readonly hint?: string | null;
}

/** Something the user should know, and what can be done about it. */
export function Message({ tone, text, hint }: MessageProps): JSX.Element {
  return (
    <div className="jp-sm-notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <div>{text}</div>
      {hint && <div className="jp-sm-hint">{hint}</div>}
    </div>
  );
}
