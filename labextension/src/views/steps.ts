/** The steps that a training job goes through, and for how long; of one that waits, how long it still may. */

import { isRunning } from '../job';
import type { TrainingJob } from '../model';
import { h, setAttribute, setText } from './dom';
import { duration, type Translate } from './text';
import { words } from './status';

/** Seconds that a job may still wait for instances; null if it does not wait, or nothing limits that. */
export function pendingLeft(job: TrainingJob, now: number): number | null {
  const most = job.StoppingCondition?.MaxPendingTimeInSeconds;
  if (most === undefined || job.SecondaryStatus !== 'Pending' || !isRunning(job.TrainingJobStatus)) {
    return null;
  }
  const waited = (job.SecondaryStatusTransitions ?? [])
    .filter(step => step.Status === 'Pending')
    .reduce((sum, step) => sum + (step.EndTime ?? now) - step.StartTime, 0);
  return Math.max(0, most - waited);
}

export class Steps {
  readonly node = h('ol', { class: 'jp-sm-steps' });

  constructor(private readonly trans: Translate) {}

  paint(job: TrainingJob | null): void {
    const now = Date.now() / 1000;
    const transitions = job?.SecondaryStatusTransitions ?? [];
    while (this.node.children.length > transitions.length) {
      this.node.lastElementChild?.remove();
    }
    transitions.forEach((step, index) => {
      let node = this.node.children[index];
      if (!node) {
        node = h('li', {}, h('b'), ' ', h('span', { class: 'jp-sm-time' }), h('div', { class: 'jp-sm-of' }));
        this.node.append(node);
      }
      const [name, time, message] = [...node.children];
      const open = step.EndTime === undefined && isRunning(job?.TrainingJobStatus ?? null);
      setAttribute(node, 'data-tone', /fail/i.test(step.Status) ? 'bad' : open ? 'busy' : 'good');
      setAttribute(node, 'aria-current', open ? 'step' : null);
      const instant = !open && (step.EndTime ?? step.StartTime) === step.StartTime;
      setText(name ?? node, words(step.Status));
      setText(time ?? node, instant ? '' : duration((step.EndTime ?? now) - step.StartTime));
      const left = open && job ? pendingLeft(job, now) : null;
      const given = left === null ? '' : this.trans.__('It is given up in %1.', duration(left));
      setText(message ?? node, [step.StatusMessage ?? '', given].filter(Boolean).join(' · '));
    });
  }
}
