/** How many trials there are of each sort, as a bar of segments and as numbers. */

import { TrainingJobStatusCounters } from '../model';
import { h, setAttribute, setText, show } from './dom';
import { count as counted, Translate } from './text';

interface Segment {
  readonly id: 'completed' | 'busy' | 'failed' | 'stopped';
  readonly title: string;
  readonly count: number;
}

function segments(counters: TrainingJobStatusCounters, trans: Translate): Segment[] {
  return [
    { id: 'completed', title: trans.__('completed'), count: counters.Completed ?? 0 },
    { id: 'busy', title: trans.__('in progress'), count: counters.InProgress ?? 0 },
    {
      id: 'failed',
      title: trans.__('failed'),
      count: (counters.NonRetryableError ?? 0) + (counters.RetryableError ?? 0)
    },
    { id: 'stopped', title: trans.__('stopped'), count: counters.Stopped ?? 0 }
  ];
}

export class Progress {
  readonly node: HTMLElement;
  private readonly bar = h('div', { class: 'jp-sm-bar', role: 'progressbar', 'aria-valuemin': 0 });
  private readonly legend = h('ul', { class: 'jp-sm-legend' });
  private readonly total = h('span', { class: 'jp-sm-total' });
  private readonly parts = new Map<string, { bar: HTMLElement; item: HTMLElement; count: HTMLElement }>();

  constructor(private readonly trans: Translate) {
    for (const { id, title } of segments({}, trans)) {
      const bar = h('span', { 'data-part': id });
      const count = h('b', {}, '0');
      const item = h('li', { 'data-part': id }, count, ' ', title);
      this.bar.append(bar);
      this.legend.append(item);
      this.parts.set(id, { bar, item, count });
    }
    setAttribute(this.bar, 'aria-label', trans.__('Trials'));
    this.node = h(
      'div',
      { class: 'jp-sm-progress' },
      this.bar,
      h('div', { class: 'jp-sm-counts' }, this.legend, this.total)
    );
  }

  update(counters: TrainingJobStatusCounters, maximum: number | null): void {
    const all = segments(counters, this.trans);
    const made = all.reduce((sum, part) => sum + part.count, 0);
    const ended = made - (counters.InProgress ?? 0);
    const limit = Math.max(maximum ?? made, made, 1);
    for (const { id, count } of all) {
      const part = this.parts.get(id);
      if (part) {
        part.bar.style.flexGrow = String(count);
        show(part.bar, count > 0);
        setText(part.count, counted(count));
        part.item.classList.toggle('jp-sm-none', count === 0);
      }
    }
    this.bar.style.setProperty('--sm-rest', String(limit - made));
    setText(
      this.total,
      maximum === null
        ? this.trans._n('%1 trial', '%1 trials', made)
        : this.trans.__('%1 of %2 trials', counted(ended), counted(maximum))
    );
    setAttribute(this.bar, 'aria-valuemax', limit);
    setAttribute(this.bar, 'aria-valuenow', ended);
    setAttribute(this.bar, 'aria-valuetext', all.map(({ count, title }) => `${count} ${title}`).join(', '));
  }
}
