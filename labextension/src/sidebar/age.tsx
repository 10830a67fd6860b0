import { type JSX, useEffect, useState } from 'react';
import { clock, duration, type Translate } from '../views/text';

export interface AgeProps {
  readonly trans: Translate;
  readonly since: number;
  /** Tell seconds too, where every one of them counts. */
  readonly precise?: boolean;
}

/** Since when what is shown is out of date. */
export function LastUpdated({ trans, since }: Pick<AgeProps, 'trans' | 'since'>): JSX.Element {
  return (
    <span className="jp-sm-of jp-sm-stale">
      {trans.__('Last updated')} <Age trans={trans} since={since} precise />
    </span>
  );
}

/** How long ago something was, kept true while it is shown. */
export function Age({ trans, since, precise = false }: AgeProps): JSX.Element {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now() / 1000), precise ? 1_000 : 30_000);
    return () => window.clearInterval(timer);
  }, [precise]);
  const seconds = now - since;
  const text =
    seconds < (precise ? 1 : 60)
      ? trans.__('just now')
      : trans.__('%1 ago', duration(seconds).split(' ').slice(0, 2).join(' '));
  return <time title={clock(since)}>{text}</time>;
}
