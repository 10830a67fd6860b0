/** The view of a training job: how it went, what it measured, what it printed. */

import { isRunning, LogPage, ServiceError, type Snapshot, trainingJob, TrainingJob } from '../model';
import { h, setAttribute, setText, show } from './dom';
import { Curves } from './charts/curves';
import { JobView } from './job';
import { LogView } from './log/logview';
import { pairs } from './pairs';
import { clock, duration, number, parameter, words } from './text';
import { ViewOptions } from './view';

export class TrainingView extends JobView<TrainingJob> {
  private readonly steps = h('ol', { class: 'jp-sm-steps' });
  private readonly metrics = h('dl', { class: 'jp-sm-parameters' });
  private readonly parameters = h('dl', { class: 'jp-sm-parameters' });
  private readonly facts = h('dl', { class: 'jp-sm-parameters' });
  private readonly log: LogView;
  private readonly curves: Curves;
  private readonly curvesPart: HTMLElement;
  private readonly noLog = h('p', { class: 'jp-sm-of' });
  private unreadable: ServiceError | null = null;

  constructor(options: ViewOptions) {
    super(options, options.trans.__('Training job'), 'jp-sm-training');
    const { trans } = options;
    const { asks } = options;
    const onDownload = asks && (() => asks.downloadLog({ kind: 'training-jobs', key: this.state.snapshot?.key ?? [] }));
    this.log = new LogView({ trans, onDownload });
    this.curves = new Curves(trans);
    this.curvesPart = h('section', { hidden: true }, h('h3', {}, trans.__('Learning curves')), this.curves.node);
    const section = (title: string, ...parts: HTMLElement[]): HTMLElement =>
      h('section', {}, h('h3', {}, title), ...parts);
    this.content.append(
      section(trans.__('Progress'), this.steps),
      this.curvesPart,
      h(
        'div',
        { class: 'jp-sm-side' },
        section(trans.__('Final metrics'), this.metrics),
        section(trans.__('Hyperparameters'), this.parameters),
        section(trans.__('Details'), this.facts)
      ),
      h('section', { class: 'jp-sm-logPart' }, h('h3', {}, trans.__('Log')), this.log.node, this.noLog)
    );
  }

  appendLog(page: LogPage): void {
    this.log.append(page.events);
    this.curves.append(page.metrics ?? {});
    this.painter.request();
  }

  override dispose(): void {
    super.dispose();
    this.log.dispose();
    this.curves.dispose();
  }

  logProblem(error: ServiceError | null): void {
    this.unreadable = error;
    this.painter.request();
  }

  protected jobOf(snapshot: Snapshot | null): TrainingJob | null {
    return trainingJob(snapshot);
  }

  protected endOf(job: TrainingJob): number | null {
    return isRunning(job.TrainingJobStatus) ? null : (job.TrainingEndTime ?? job.LastModifiedTime ?? null);
  }

  protected paintTime(job: TrainingJob | null): void {
    this.paintSteps(job);
  }

  protected paintJob(job: TrainingJob): void {
    const { trans } = this.options;
    this.paintSteps(job);
    pairs(
      this.metrics,
      (job.FinalMetricDataList ?? []).map(metric => [metric.MetricName ?? '', number(metric.Value ?? Number.NaN)])
    );
    pairs(
      this.parameters,
      Object.entries(job.HyperParameters ?? {})
        .filter(([name]) => !/^(sagemaker_|_tuning_)/.test(name))
        .map(([name, value]) => [name, parameter(value)])
    );
    pairs(this.facts, this.factsOf(job));
    const silent = isRunning(job.TrainingJobStatus)
      ? trans.__('Nothing printed so far.')
      : trans.__('This job printed nothing.');
    const { unreadable } = this;
    setText(
      this.noLog,
      unreadable
        ? trans.__('The log cannot be read: %1', [unreadable.message, unreadable.hint].filter(Boolean).join(' '))
        : silent
    );
    show(this.noLog, this.log.empty || unreadable !== null);
    show(this.curvesPart, !this.curves.empty);
    this.curves.paint(job.TrainingStartTime ?? null);
  }

  private factsOf(job: TrainingJob): [string, string][] {
    const { trans } = this.options;
    const instance = job.ResourceConfig?.InstanceType;
    const count = job.ResourceConfig?.InstanceCount ?? 1;
    const model = job.ModelArtifacts?.S3ModelArtifacts;
    const facts: [string, string | undefined][] = [
      [trans.__('Instance'), instance && (count > 1 ? `${count} × ${instance}` : instance)],
      [trans.__('Created'), clock(job.CreationTime)],
      [trans.__('Model'), model]
    ];
    return facts.filter((fact): fact is [string, string] => !!fact[1]);
  }

  private paintSteps(job: TrainingJob | null): void {
    const now = Date.now() / 1000;
    const transitions = job?.SecondaryStatusTransitions ?? [];
    while (this.steps.children.length > transitions.length) {
      this.steps.lastElementChild?.remove();
    }
    transitions.forEach((step, index) => {
      let node = this.steps.children[index];
      if (!node) {
        node = h('li', {}, h('b'), ' ', h('span', { class: 'jp-sm-time' }), h('div', { class: 'jp-sm-of' }));
        this.steps.append(node);
      }
      const [name, time, message] = [...node.children];
      const open = step.EndTime === undefined && isRunning(job?.TrainingJobStatus ?? null);
      setAttribute(node, 'data-tone', /fail/i.test(step.Status) ? 'bad' : open ? 'busy' : 'good');
      setAttribute(node, 'aria-current', open ? 'step' : null);
      const instant = !open && (step.EndTime ?? step.StartTime) === step.StartTime;
      setText(name ?? node, words(step.Status));
      setText(time ?? node, instant ? '' : duration((step.EndTime ?? now) - step.StartTime));
      setText(message ?? node, step.StatusMessage ?? '');
    });
  }
}
