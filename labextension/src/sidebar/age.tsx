import { type JSX, useEffect, useState } from 'react';
import { clock, duration, type Translate } from '../views/text';

/** How long ago something was, kept true while it is shown. */
export function Age({ trans, since }: { readonly trans: Translate; readonly since: number }): JSX.Element {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now() / 1000), 30_000);
    return () => window.clearInterval(timer);
  }, []);
  const seconds = now - since;
  const text =
    seconds < 60 ? trans.__('just now') : trans.__('%1 ago', duration(seconds).split(' ').slice(0, 2).join(' '));
  return <time title={clock(since)}>{text}</time>;
}
