/** The view of a training job: how it went, what it measured, what it was given, what it stored, what it printed. */

import { isRunning, trainingJob } from '../job';
import type { LogPage, ServiceError, Snapshot, TrainingJob, Watch } from '../model';
import { ArtifactList } from './artifacts';
import { Curves } from './charts/curves';
import { CostMeter } from './cost';
import { h, show } from './dom';
import { JobView } from './job';
import { LogPart } from './log/logpart';
import { pairs } from './pairs';
import { Steps } from './steps';
import { number, parameter } from './text';
import { inputFacts, originFacts, resourceFacts, timeFacts } from './trainingfacts';
import { ViewOptions } from './view';

function list(): HTMLElement {
  return h('dl', { class: 'jp-sm-parameters jp-sm-whole' });
}

export class TrainingView extends JobView<TrainingJob> {
  private readonly steps: Steps;
  private readonly metrics = h('dl', { class: 'jp-sm-parameters' });
  private readonly parameters = h('dl', { class: 'jp-sm-parameters' });
  private readonly resources = list();
  private readonly times = list();
  private readonly inputs = list();
  private readonly origin = list();
  private readonly environment = list();
  private readonly model = list();
  private readonly cost: CostMeter;
  private readonly artifacts: ArtifactList;
  private readonly log: LogPart;
  private readonly curves: Curves;
  private readonly curvesPart: HTMLElement;

  constructor(options: ViewOptions) {
    super(options, options.trans.__('Training job'), 'jp-sm-training');
    const { trans, asks } = options;
    const named = (): Watch => ({ kind: 'training-jobs', key: this.state.snapshot?.key ?? [] });
    this.steps = new Steps(trans);
    this.cost = new CostMeter(trans, asks && (() => asks.cost(named())), () => this.paintTime(this.job()));
    this.artifacts = new ArtifactList(options, named);
    this.log = new LogPart(trans, asks && (() => asks.downloadLog(named())));
    this.curves = new Curves(trans);
    this.curvesPart = h('section', { hidden: true }, h('h3', {}, trans.__('Learning curves')), this.curves.node);
    const section = (title: string, ...parts: HTMLElement[]): HTMLElement =>
      h('section', {}, h('h3', {}, title), ...parts);
    this.content.append(
      section(trans.__('Progress'), this.steps.node),
      this.curvesPart,
      h(
        'div',
        { class: 'jp-sm-side' },
        section(trans.__('Final metrics'), this.metrics),
        section(trans.__('Hyperparameters'), this.parameters),
        section(trans.__('Resources'), this.resources),
        section(trans.__('Time and cost'), this.times),
        section(trans.__('Inputs'), this.inputs),
        section(trans.__('Environment'), this.environment),
        section(trans.__('Origin'), this.origin)
      ),
      section(trans.__('Artifacts'), h('div', {}, this.model), this.artifacts.node),
      this.log.node
    );
  }

  appendLog(page: LogPage): void {
    this.log.append(page.events);
    this.curves.append(page.metrics ?? {});
    this.painter.request();
  }

  override dispose(): void {
    super.dispose();
    this.cost.dispose();
    this.artifacts.dispose();
    this.log.dispose();
    this.curves.dispose();
  }

  logProblem(error: ServiceError | null): void {
    this.log.problem(error);
    this.painter.request();
  }

  protected jobOf(snapshot: Snapshot | null): TrainingJob | null {
    return trainingJob(snapshot);
  }

  protected endOf(job: TrainingJob): number | null {
    return isRunning(job.TrainingJobStatus) ? null : (job.TrainingEndTime ?? job.LastModifiedTime ?? null);
  }

  protected paintTime(job: TrainingJob | null): void {
    this.steps.paint(job);
    if (job) {
      const { trans } = this.options;
      const cost = this.cost.fact();
      pairs(this.times, [
        ...timeFacts(trans, job, Date.now() / 1000),
        [trans.__('Cost'), cost?.text ?? '', cost?.title ?? '']
      ]);
    }
  }

  protected paintJob(job: TrainingJob): void {
    const { trans } = this.options;
    const running = isRunning(job.TrainingJobStatus);
    this.cost.update([job.TrainingJobStatus, job.TrainingStartTime, job.TrainingEndTime].join(' '));
    this.paintTime(job);
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
    pairs(this.resources, resourceFacts(trans, job));
    pairs(this.inputs, inputFacts(trans, job));
    pairs(this.environment, Object.entries(job.Environment ?? {}));
    pairs(this.origin, originFacts(trans, job));
    pairs(this.model, [[trans.__('Model'), job.ModelArtifacts?.S3ModelArtifacts ?? '']]);
    this.artifacts.update(!running, job.TrainingJobStatus);
    this.log.paint(running);
    show(this.curvesPart, !this.curves.empty);
    this.curves.paint(job.TrainingStartTime ?? null);
  }

  private job(): TrainingJob | null {
    return this.jobOf(this.state.snapshot);
  }
}
