/** The view of a tuning job. */

import { isRunning, TrainingJobSummary, tuningJob, TuningJob } from '../model';
import { h, Painter, setAttribute, setText, show } from './dom';
import { Head, Notice } from './head';
import { ObjectivePlot } from './plot';
import { Progress } from './progress';
import { Column, fillText, WindowedTable } from './table';
import { aligned, duration, number, parameter, tone, words } from './text';
import { bestTrial, failures, minimizes, sortTrials, Sorting, Trial, trials, trialSeconds, tunedNames } from './trials';
import { View, ViewOptions, ViewState } from './view';

const NONE: readonly TrainingJobSummary[] = [];
const MOST_REASONS = 4;

export class TuningView implements View {
  readonly node: HTMLElement;
  private readonly head: Head;
  private readonly notice: Notice;
  private readonly progress: Progress;
  private readonly plot: ObjectivePlot;
  private readonly plotTitle = h('h3');
  private readonly table: WindowedTable<Trial>;
  private readonly failure = h('div', { class: 'jp-sm-failure', role: 'alert', hidden: true });
  private readonly failed = h('ul', { class: 'jp-sm-reasons' });
  private readonly failedPart: HTMLElement;
  private readonly bestTitle = h('h3');
  private readonly bestValue = h('div', { class: 'jp-sm-value' });
  private readonly bestTrial = h('div', { class: 'jp-sm-of' });
  private readonly bestParameters = h('dl', { class: 'jp-sm-parameters' });
  private readonly loading = h('div', { class: 'jp-sm-loading', role: 'status' });
  private readonly content: HTMLElement;
  private readonly painter = new Painter(() => this.paint());
  private readonly timer: number;
  private state: ViewState = { snapshot: null };
  private sorting: Sorting = { column: 'number', descending: false };
  private all: Trial[] = [];
  private best: Trial | null = null;
  private summaries: readonly TrainingJobSummary[] = NONE;

  constructor(private readonly options: ViewOptions) {
    const { trans } = options;
    const onOpen = options.can.includes('open')
      ? (trial: Trial) => void options.onIntent({ type: 'open', kind: 'training-jobs', key: [trial.name] })
      : null;
    this.head = new Head(options, trans.__('Tuning job'));
    this.notice = new Notice(options);
    this.progress = new Progress(trans);
    this.plot = new ObjectivePlot(trans, onOpen);
    this.table = new WindowedTable<Trial>({
      label: trans.__('Trials'),
      rowId: trial => trial.name,
      onSort: sorting => {
        this.sorting = sorting;
        this.painter.request();
      },
      onOpen
    });
    this.failedPart = h(
      'section',
      { class: 'jp-sm-failed', hidden: true },
      h('h3', {}, trans.__('Failures')),
      this.failed
    );
    this.content = h(
      'div',
      { class: 'jp-sm-content', hidden: true },
      this.failure,
      this.progress.node,
      h(
        'div',
        { class: 'jp-sm-main' },
        h('section', { class: 'jp-sm-best' }, this.bestTitle, this.bestValue, this.bestTrial, this.bestParameters),
        h('section', { class: 'jp-sm-chart' }, this.plotTitle, this.plot.node, this.key())
      ),
      this.failedPart,
      h('section', { class: 'jp-sm-trials' }, this.table.node)
    );
    setText(this.loading, trans.__('Loading…'));
    this.node = h(
      'article',
      { class: 'jp-sm jp-sm-tuning' },
      this.head.node,
      this.notice.node,
      this.loading,
      this.content
    );
    this.timer = window.setInterval(() => this.tick(), 1000);
  }

  update(state: ViewState): void {
    this.state = state;
    this.painter.request();
  }

  dispose(): void {
    window.clearInterval(this.timer);
    this.painter.dispose();
    this.plot.dispose();
    this.table.dispose();
  }

  private tick(): void {
    if (!document.hidden && this.node.isConnected) {
      this.notice.tick();
      if (isRunning(this.state.snapshot?.status ?? null)) {
        this.head.tick();
        this.paintTable(tuningJob(this.state.snapshot));
      }
    }
  }

  private key(): HTMLElement {
    const { trans } = this.options;
    return h(
      'ul',
      { class: 'jp-sm-plotKey', 'aria-hidden': 'true' },
      h('li', { 'data-mark': 'point' }, trans.__('trial')),
      h('li', { 'data-mark': 'line' }, trans.__('best so far')),
      h('li', { 'data-mark': 'busy' }, trans.__('in progress')),
      h('li', { 'data-mark': 'bad' }, trans.__('failed'))
    );
  }

  private paint(): void {
    const { snapshot, note } = this.state;
    const job = tuningJob(snapshot);
    this.notice.update(snapshot, note);
    show(this.loading, snapshot === null && !note);
    show(this.head.node, snapshot !== null);
    show(this.content, job !== null);
    if (snapshot === null) {
      return;
    }
    this.head.update(snapshot, job?.CreationTime ?? null, endOf(job));
    if (job === null) {
      return;
    }
    const summaries = snapshot.training_jobs ?? NONE;
    if (summaries !== this.summaries) {
      this.summaries = summaries;
      this.all = trials(summaries);
    }
    this.best = bestTrial(job, this.all);
    const config = job.HyperParameterTuningJobConfig;
    const maximum = config.ResourceLimits.MaxNumberOfTrainingJobs ?? null;
    const metric = config.HyperParameterTuningJobObjective?.MetricName ?? '';
    setText(this.failure, job.FailureReason ?? '');
    show(this.failure, !!job.FailureReason);
    this.progress.update(job.TrainingJobStatusCounters, maximum);
    this.paintBest(job, metric);
    setText(this.plotTitle, this.options.trans.__('%1 by trial', metric));
    this.plot.update({
      trials: this.all,
      best: this.best,
      minimize: minimizes(job),
      metric,
      maximum,
      running: isRunning(snapshot.status)
    });
    this.paintFailures();
    this.paintTable(job);
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
    const entries = Object.entries(this.best?.parameters ?? {});
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

  private paintTable(job: TuningJob | null): void {
    const now = Date.now() / 1000;
    this.table.setColumns(this.columns(job, now), this.sorting);
    this.table.setRows(sortTrials(this.all, this.sorting, now), this.best?.name ?? null);
  }

  private columns(job: TuningJob | null, now: number): Column<Trial>[] {
    const { trans } = this.options;
    return [
      {
        id: 'number',
        title: trans.__('Trial'),
        width: 72,
        align: 'right',
        fill: (cell, trial) => fillText(cell, String(trial.number), trial.name)
      },
      { id: 'status', title: trans.__('Status'), width: 116, fill: fillStatus },
      {
        id: 'objective',
        title: trans.__('Objective'),
        width: 92,
        align: 'right',
        fill: (cell, trial) => fillText(cell, trial.objective === null ? '–' : aligned(trial.objective))
      },
      ...tunedNames(job, this.all).map((name): Column<Trial> => ({
        id: `parameter:${name}`,
        title: name,
        width: Math.min(180, Math.max(84, name.length * 7 + 34)),
        align: 'right',
        fill: (cell, trial) => {
          const given = trial.parameters[name];
          fillText(cell, given === undefined ? '–' : parameter(given), given);
        }
      })),
      {
        id: 'duration',
        title: trans.__('Time'),
        width: 84,
        align: 'right',
        fill: (cell, trial) => {
          const seconds = trialSeconds(trial, now);
          fillText(cell, seconds === null ? '–' : duration(seconds));
        }
      }
    ];
  }
}

function fillStatus(cell: HTMLElement, trial: Trial): void {
  let badge = cell.firstElementChild;
  if (!(badge instanceof HTMLElement)) {
    badge = h('span', { class: 'jp-sm-badge' });
    cell.append(badge);
  }
  (badge as HTMLElement).dataset.tone = tone(trial.status);
  setText(badge, words(trial.status));
  setAttribute(cell, 'title', trial.reason);
}

/** When the job ended, as far as it has; a job that failed at once may have no end time. */
function endOf(job: TuningJob | null): number | null {
  if (job === null || isRunning(job.HyperParameterTuningJobStatus)) {
    return null;
  }
  return job.HyperParameterTuningEndTime ?? job.LastModifiedTime ?? job.CreationTime;
}
