/** The jobs of a comparison side by side: how each stands, its best, and with which hyperparameters. */

import { sample } from './charts/marks';
import { h, setAttribute, setText } from './dom';
import { aimText, elapsed, parameterNames, type Series } from './series';
import { type Column, fillText, WindowedTable } from './table';
import { aligned, count, duration, parameter, type Translate } from './text';
import { tone, words } from './status';
import type { Sorting, Trial } from './trials';

interface CompareColumn extends Column<Series> {
  /** What the rows are sorted by; null comes last. */
  readonly value: (series: Series) => string | number | null;
}

export interface CompareTableOptions {
  readonly trans: Translate;
  readonly onOpen: (series: Series) => void;
  readonly onPoint: (series: Series | null) => void;
}

export class CompareTable {
  readonly node: HTMLElement;
  private readonly table: WindowedTable<Series>;
  private sorting: Sorting = { column: '', descending: false };
  private all: readonly Series[] = [];
  private ahead: string | null = null;

  constructor(private readonly options: CompareTableOptions) {
    this.table = new WindowedTable<Series>({
      label: options.trans.__('Jobs'),
      rowId: ({ name }) => name,
      onSort: sorting => {
        this.sorting = sorting;
        this.paint();
      },
      onOpen: options.onOpen,
      onPoint: options.onPoint
    });
    this.node = this.table.node;
  }

  update(all: readonly Series[], ahead: string | null): void {
    this.all = all;
    this.ahead = ahead;
    this.paint();
  }

  /** The time went by. */
  tick(): void {
    this.table.redraw();
  }

  point(name: string | null): void {
    this.table.point(name);
  }

  dispose(): void {
    this.table.dispose();
  }

  private paint(): void {
    const columns = columnsOf(this.options.trans, this.all);
    this.table.setColumns(columns, this.sorting);
    this.table.setRows(
      sorted(
        this.all,
        columns.find(({ id }) => id === this.sorting.column),
        this.sorting.descending
      ),
      this.ahead
    );
  }
}

function sorted(all: readonly Series[], column: CompareColumn | undefined, descending: boolean): readonly Series[] {
  if (!column) {
    return all;
  }
  const sign = descending ? -1 : 1;
  return [...all].sort((one, other) => {
    const [a, b] = [column.value(one), column.value(other)];
    if (a === null || b === null) {
      return a === b ? 0 : a === null ? 1 : -1;
    }
    return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b)));
  });
}

function columnsOf(trans: Translate, all: readonly Series[]): CompareColumn[] {
  return [
    { id: 'job', title: trans.__('Job'), width: 220, fill: fillName, value: ({ name }) => name },
    { id: 'status', title: trans.__('Status'), width: 116, fill: fillStatus, value: statusOf },
    {
      id: 'objective',
      title: trans.__('Objective'),
      width: 190,
      fill: (cell, { job }) => fillText(cell, aimText(job), aimText(job)),
      value: ({ job }) => aimText(job)
    },
    {
      id: 'best',
      title: trans.__('Best'),
      width: 92,
      align: 'right',
      fill: (cell, { best }) => fillText(cell, bestText(best), best?.name),
      value: ({ best }) => best?.objective ?? null
    },
    {
      id: 'trials',
      title: trans.__('Trials'),
      width: 110,
      align: 'right',
      fill: (cell, series) => fillText(cell, trialsText(trans, series)),
      value: series => counted(series)?.ended ?? null
    },
    {
      id: 'strategy',
      title: trans.__('Strategy'),
      width: 100,
      fill: (cell, series) => fillText(cell, strategyOf(series)),
      value: strategyOf
    },
    {
      id: 'elapsed',
      title: trans.__('Elapsed'),
      width: 92,
      align: 'right',
      fill: (cell, series) => {
        const seconds = elapsed(series, Date.now() / 1000);
        fillText(cell, seconds === null ? '–' : duration(seconds));
      },
      value: series => elapsed(series, Date.now() / 1000)
    },
    ...parameterNames(all).map((name): CompareColumn => ({
      id: `parameter:${name}`,
      title: name,
      width: Math.min(180, Math.max(92, name.length * 7 + 34)),
      align: 'right',
      fill: (cell, { best }) => {
        const given = best?.parameters[name];
        fillText(cell, given === undefined ? '–' : parameter(given), given);
      },
      value: ({ best }) => {
        const given = best?.parameters[name];
        return given === undefined ? null : Number.isNaN(Number(given)) ? given : Number(given);
      }
    }))
  ];
}

function fillName(cell: HTMLElement, { name, index }: Series): void {
  if (cell.dataset.name !== name) {
    cell.dataset.name = name;
    cell.replaceChildren(sample(index), ' ', name);
    setAttribute(cell, 'title', name);
  }
}

function fillStatus(cell: HTMLElement, series: Series): void {
  const found = cell.querySelector<HTMLElement>('.jp-sm-badge');
  const badge = found ?? h('span', { class: 'jp-sm-badge' });
  if (!found) {
    cell.replaceChildren(badge);
  }
  const { snapshot } = series;
  const problem = snapshot?.error ?? null;
  badge.dataset.tone = tone(snapshot?.status ?? null);
  setText(badge, statusOf(series) ?? (problem ? '?' : '…'));
  setAttribute(cell, 'title', problem?.message ?? null);
}

function statusOf({ snapshot }: Series): string | null {
  return snapshot?.status ? words(snapshot.status) : null;
}

function strategyOf({ job }: Series): string {
  return job ? words(job.HyperParameterTuningJobConfig.Strategy) : '';
}

function counted({ job }: Series): { ended: number; failed: number; most: number | null } | null {
  if (!job) {
    return null;
  }
  const { Completed = 0, NonRetryableError = 0, RetryableError = 0, Stopped = 0 } = job.TrainingJobStatusCounters;
  const failed = NonRetryableError + RetryableError;
  const most = job.HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs ?? null;
  return { ended: Completed + failed + Stopped, failed, most };
}

function bestText(best: Trial | null): string {
  const value = best?.objective ?? null;
  return value === null ? '–' : aligned(value);
}

function trialsText(trans: Translate, series: Series): string {
  const found = counted(series);
  if (!found) {
    return '–';
  }
  const { ended, failed, most } = found;
  const made = most === null ? count(ended) : `${count(ended)}/${count(most)}`;
  return failed > 0 ? trans.__('%1, %2 failed', made, failed) : made;
}
