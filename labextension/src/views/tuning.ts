/** The view of a tuning job. */

import { isRunning, tuningJob } from '../job';
import type { Snapshot, TrainingJobSummary, TuningJob } from '../model';
import { Cards } from './charts/cards';
import { CostMeter } from './cost';
import { h, setText, show } from './dom';
import { Figures } from './figures';
import { JobView } from './job';
import { type Parameter, parametersOf } from './parameters';
import { Picked } from './picked';
import { Progress } from './progress';
import { number, parameter } from './text';
import { TrialDetail } from './trialdetail';
import { TrialTable } from './trialtable';
import { bestTrial, failures, minimizes, Trial, trials } from './trials';
import { ViewOptions } from './view';

const NONE: readonly TrainingJobSummary[] = [];
const MOST_REASONS = 4;

export class TuningView extends JobView<TuningJob> {
  private readonly cost: CostMeter;
  private readonly figures: Figures;
  private readonly progress: Progress;
  private readonly picked = new Picked();
  private readonly charts: Cards;
  private readonly table: TrialTable;
  private readonly detail: TrialDetail;
  private readonly failed = h('ul', { class: 'jp-sm-reasons' });
  private readonly failedPart: HTMLElement;
  private readonly bestTitle = h('h3');
  private readonly bestValue = h('div', { class: 'jp-sm-value' });
  private readonly bestTrial = h('div', { class: 'jp-sm-of' });
  private readonly bestParameters = h('dl', { class: 'jp-sm-parameters' });
  private all: Trial[] = [];
  private best: Trial | null = null;
  private parameters: readonly Parameter[] = [];
  private summaries: readonly TrainingJobSummary[] = NONE;
  /** How many trials have started and how many have ended: what the cost depends on. */
  private counts: readonly number[] = [];

  constructor(options: ViewOptions) {
    super(options, options.trans.__('Tuning job'), 'jp-sm-tuning');
    const { trans } = options;
    const onOpen = (trial: Trial): void => this.open(trial);
    const { asks } = options;
    const askCost = asks && (() => asks.cost({ kind: 'tuning-jobs', key: this.state.snapshot?.key ?? [] }));
    this.cost = new CostMeter(trans, askCost, () => this.figures.tick());
    this.figures = new Figures(trans, this.cost);
    this.progress = new Progress(trans);
    const importances = asks && (() => asks.importances(this.state.snapshot?.key[0] ?? ''));
    this.charts = new Cards({ trans, picked: this.picked, onOpen, importances });
    this.table = new TrialTable({ trans, picked: this.picked, onOpen });
    this.detail = new TrialDetail(options, trial => {
      this.table.setOpened(null);
      this.table.focus(trial);
    });
    this.failedPart = h(
      'section',
      { class: 'jp-sm-failed', hidden: true },
      h('h3', {}, trans.__('Failures')),
      this.failed
    );
    this.content.append(
      this.figures.node,
      this.progress.node,
      h(
        'div',
        { class: 'jp-sm-main' },
        h(
          'section',
          { class: 'jp-sm-best' },
          h('div', {}, this.bestTitle, this.bestValue, this.bestTrial),
          this.bestParameters
        ),
        this.charts.node
      ),
      this.failedPart,
      h('section', { class: 'jp-sm-trials' }, this.table.node, this.detail.node)
    );
  }

  override dispose(): void {
    super.dispose();
    this.cost.dispose();
    this.charts.dispose();
    this.table.dispose();
    this.detail.dispose();
  }

  protected jobOf(snapshot: Snapshot | null): TuningJob | null {
    return tuningJob(snapshot);
  }

  /** A job that failed at once may have no end time. */
  protected endOf(job: TuningJob): number | null {
    return isRunning(job.HyperParameterTuningJobStatus)
      ? null
      : (job.HyperParameterTuningEndTime ?? job.LastModifiedTime ?? job.CreationTime);
  }

  protected paintTime(): void {
    this.figures.tick();
    this.table.tick();
  }

  protected paintJob(job: TuningJob, snapshot: Snapshot): void {
    const summaries = snapshot.training_jobs ?? NONE;
    if (summaries !== this.summaries) {
      this.summaries = summaries;
      this.all = trials(summaries);
      const having = (time: 'started' | 'ended'): number => this.all.filter(trial => trial[time] !== null).length;
      this.counts = [having('started'), having('ended')];
    }
    this.parameters = parametersOf(job, this.all);
    this.best = bestTrial(job, this.all);
    const config = job.HyperParameterTuningJobConfig;
    const maximum = config.ResourceLimits.MaxNumberOfTrainingJobs ?? null;
    const metric = config.HyperParameterTuningJobObjective?.MetricName ?? '';
    this.cost.update([snapshot.status, ...this.counts].join(' '));
    this.figures.update(job, snapshot);
    this.progress.update(job.TrainingJobStatusCounters, maximum);
    this.paintBest(job, metric);
    this.charts.update({
      trials: this.all,
      best: this.best,
      minimize: minimizes(job),
      metric,
      parameters: this.parameters,
      maximum,
      running: isRunning(snapshot.status)
    });
    this.paintFailures();
    this.table.update({ trials: this.all, best: this.best, parameters: this.parameters, metric });
    this.paintDetail();
  }

  private open(trial: Trial): void {
    this.table.setOpened(trial);
    this.detail.open(trial);
  }

  private paintDetail(): void {
    const opened = this.detail.trial;
    const now = opened && this.all.find(({ name }) => name === opened.name);
    if (now && now !== opened) {
      this.detail.update(now);
    }
  }

  private paintBest(job: TuningJob, metric: string): void {
    const { trans } = this.options;
    const value = this.best?.objective ?? null;
    setText(this.bestTitle, minimizes(job) ? trans.__('Lowest %1', metric) : trans.__('Highest %1', metric));
    setText(this.bestValue, value === null ? '–' : number(value));
    setText(
      this.bestTrial,
      this.best === null
        ? isRunning(job.HyperParameterTuningJobStatus)
          ? trans.__('No trial has an objective yet.')
          : trans.__('No trial has an objective.')
        : trans.__('Trial %1 · %2', this.best.number || '', this.best.name)
    );
    const places = new Map(this.parameters.map(({ name }, place) => [name, place]));
    const place = (name: string): number => places.get(name) ?? places.size;
    const entries = Object.entries(this.best?.parameters ?? {}).sort(([a], [b]) => place(a) - place(b));
    const key = JSON.stringify(entries);
    if (this.bestParameters.dataset.key !== key) {
      this.bestParameters.dataset.key = key;
      this.bestParameters.replaceChildren(
        ...entries.map(([name, given]) => h('div', {}, h('dt', {}, name), h('dd', { title: given }, parameter(given))))
      );
    }
  }

  private paintFailures(): void {
    const found = failures(this.all);
    const { trans } = this.options;
    show(this.failedPart, found.length > 0);
    const key = JSON.stringify(found);
    if (this.failed.dataset.key !== key) {
      this.failed.dataset.key = key;
      const rest = found.length - MOST_REASONS;
      this.failed.replaceChildren(
        ...found.slice(0, MOST_REASONS).map(({ gist, reason, numbers }) => {
          const named = numbers.slice(0, 8).join(', ') + (numbers.length > 8 ? '…' : '');
          const which = trans._n('Trial %2', '%1 trials (%2)', numbers.length, named);
          const line = [h('span', { class: 'jp-sm-which' }, which), ' ', h('code', {}, gist)];
          return gist === reason
            ? h('li', {}, ...line)
            : h('li', {}, h('details', {}, h('summary', {}, ...line), h('code', {}, reason)));
        }),
        ...(rest > 0 ? [h('li', {}, trans._n('and %1 other reason', 'and %1 other reasons', rest))] : [])
      );
    }
  }
}
