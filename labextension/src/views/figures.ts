/** What a tuning job aims at, how it searches, when it will have ended, and how near it is to what ends it. */

import type { Snapshot, TuningFigures, TuningJob } from '../model';
import type { CostMeter } from './cost';
import { h, setAttribute, setText, show } from './dom';
import { clock, duration, number, type Translate } from './text';
import { words } from './status';

type Criterion = TuningFigures['criteria'][number];

interface Fact {
  readonly name: string;
  readonly text: string;
  readonly title?: string | undefined;
  /** From 0 to 1, where there is such a measure. */
  readonly share?: number | undefined;
  readonly met?: boolean;
}

export class Figures {
  readonly node = h('dl', { class: 'jp-sm-figures' });
  private job: TuningJob | null = null;
  private figures: TuningFigures | null = null;

  constructor(
    private readonly trans: Translate,
    private readonly cost: CostMeter
  ) {}

  update(job: TuningJob, snapshot: Snapshot): void {
    this.job = job;
    this.figures = snapshot.figures ?? null;
    this.tick();
  }

  /** The time went by. */
  tick(): void {
    const facts = this.job ? this.facts(this.job, Date.now() / 1000) : [];
    facts.forEach((fact, index) => this.paint(index, fact));
    while (this.node.children.length > facts.length) {
      this.node.lastElementChild?.remove();
    }
  }

  private facts(job: TuningJob, now: number): Fact[] {
    const { trans, figures } = this;
    const config = job.HyperParameterTuningJobConfig;
    const objective = config.HyperParameterTuningJobObjective;
    const eta = figures?.eta ?? null;
    const cost = this.cost.fact();
    return [
      ...(objective ? [{ name: trans.__('Objective'), text: `${words(objective.Type)} ${objective.MetricName}` }] : []),
      { name: trans.__('Strategy'), text: words(config.Strategy) },
      ...(eta === null ? [] : [this.left(eta, now)]),
      ...(cost === null ? [] : [{ name: trans.__('Cost'), ...cost }]),
      // The bar below tells how many trials of how many.
      ...(figures?.criteria ?? [])
        .filter(({ name }) => name !== 'MaxNumberOfTrainingJobs')
        .map(criterion => this.criterion(criterion, now))
    ];
  }

  private left(eta: number, now: number): Fact {
    const { trans } = this;
    const text = eta > now ? trans.__('about %1', duration(eta - now)) : trans.__('any moment');
    return { name: trans.__('Time left'), text, title: trans.__('Probably until %1', clock(eta)) };
  }

  private criterion({ name, at, of, since, met }: Criterion, now: number): Fact {
    const { trans } = this;
    const reached = since === null ? at : Math.max(at ?? 0, now - since);
    const share = reached === null || of === null || of <= 0 ? undefined : Math.min(1, reached / of);
    const fact = { title: name, met };
    const so = reached ?? 0;
    switch (name) {
      case 'MaxRuntimeInSeconds': {
        const text = trans.__('%1 of %2', duration(so), duration(of ?? 0));
        return { ...fact, share, name: trans.__('Run time'), text };
      }
      case 'TargetObjectiveMetricValue': {
        const best = reached === null ? trans.__('none yet') : trans.__('best %1', number(reached));
        return { ...fact, name: trans.__('Target'), text: `${number(of ?? 0)} (${best})` };
      }
      case 'BestObjectiveNotImproving': {
        const text = trans._n('%2 of %1 trial', '%2 of %1 trials', of ?? 0, so);
        return { ...fact, share, name: trans.__('Not improving'), text };
      }
      case 'ConvergenceDetected': {
        const text = reached === null ? trans.__('not yet') : trans.__('detected %1', clock(reached));
        return { ...fact, name: trans.__('Convergence'), text };
      }
      default:
        return { ...fact, share, name: words(name), text: `${number(so)} / ${of === null ? '–' : number(of)}` };
    }
  }

  private paint(index: number, fact: Fact): void {
    const node = this.node.children[index] ?? this.node.appendChild(this.empty());
    const [name, text] = [...node.children];
    const meter = text?.querySelector<HTMLElement>('.jp-sm-meter');
    const words = text?.querySelector('span');
    setText(name ?? node, fact.name);
    setAttribute(node, 'title', fact.title ?? null);
    setAttribute(node, 'data-met', fact.met === true ? 'true' : null);
    setText(words ?? node, fact.met === true ? `${fact.text} ✓` : fact.text);
    if (meter) {
      show(meter, fact.share !== undefined);
      meter.style.setProperty('--sm-share', String(fact.share ?? 0));
    }
  }

  private empty(): HTMLElement {
    const meter = h('span', { class: 'jp-sm-meter', 'aria-hidden': 'true', hidden: true });
    return h('div', {}, h('dt'), h('dd', {}, h('span'), meter));
  }
}
