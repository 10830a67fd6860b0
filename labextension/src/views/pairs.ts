/** Lists of names and values. */

import { h, show } from './dom';

/** A name, its value, and what is said to who points at it: the value itself if nothing else. */
export type Pair = readonly [name: string, value: string, title?: string];

/** Fill a list of names and values; those without a value are left out, and its section goes away when there is none. */
export function pairs(list: HTMLElement, all: readonly Pair[]): void {
  const entries = all.filter(([, value]) => value !== '');
  const key = JSON.stringify(entries);
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(
      ...entries.map(([name, value, title]) =>
        h('div', {}, h('dt', {}, name), h('dd', { title: title ?? value }, value))
      )
    );
    if (list.parentElement) {
      show(list.parentElement, entries.length > 0);
    }
  }
}
