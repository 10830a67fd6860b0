/** The trials of a tuning job as a table that is filtered, sorted, and linked to the charts. */

import { h, Painter, setAttribute, setText, show } from './dom';
import type { Parameter } from './parameters';
import type { Picked } from './picked';
import { type Column, WindowedTable } from './table';
import { count, type Translate } from './text';
import { choiceOf, columnsOf, type TrialColumn } from './trialcolumns';
import { trialFilter } from './trialfilter';
import { type Sorting, sortTrials, type Trial } from './trials';

export interface TrialTableOptions {
  readonly trans: Translate;
  readonly picked: Picked;
  /** Null where a trial cannot be opened. */
  readonly onOpen: ((trial: Trial) => void) | null;
}

export interface TrialTableData {
  readonly trials: readonly Trial[];
  readonly best: Trial | null;
  readonly parameters: readonly Parameter[];
  readonly metric: string;
}

const NOTHING: TrialTableData = { trials: [], best: null, parameters: [], metric: '' };

export class TrialTable {
  readonly node: HTMLElement;
  private readonly table: WindowedTable<Trial>;
  private readonly search = h('input', { type: 'search', class: 'jp-sm-input jp-sm-filter', spellcheck: 'false' });
  private readonly menu: ColumnMenu;
  private readonly note = h('span', { class: 'jp-sm-of', role: 'status' });
  private readonly all: HTMLButtonElement;
  private readonly painter = new Painter(() => this.paint());
  private readonly unsubscribe: () => void;
  private sorting: Sorting = { column: 'number', descending: false };
  private data: TrialTableData = NOTHING;
  private columns: readonly TrialColumn[] = [];
  /** What the rows were worked out of; they are worked out again when it is another. */
  private sources: readonly unknown[] = [];
  private shown: readonly Trial[] = [];
  private opened: string | null = null;

  constructor(private readonly options: TrialTableOptions) {
    const { trans, picked, onOpen } = options;
    this.table = new WindowedTable<Trial>({
      label: trans.__('Trials'),
      rowId: trial => trial.name,
      onSort: sorting => {
        this.sorting = sorting;
        this.painter.request();
      },
      onOpen,
      onPoint: trial => picked.point(trial)
    });
    this.menu = new ColumnMenu(trans, () => this.painter.request());
    setAttribute(this.search, 'placeholder', trans.__('Filter: words, or lr<0.01 status=failed'));
    setAttribute(this.search, 'aria-label', trans.__('Filter the trials'));
    const help = trans.__(
      'Words are looked for in name, status, values and reason. Compare a column with <, <=, >, >=, =, != or ~ (contains).'
    );
    setAttribute(this.search, 'title', help);
    this.all = h('button', { type: 'button', class: 'jp-sm-button', hidden: true }, trans.__('Show all'));
    this.search.addEventListener('input', () => this.filter());
    this.search.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.search.value !== '') {
        event.stopPropagation();
        this.setFilter('');
      }
    });
    this.all.addEventListener('click', () => {
      this.setFilter('');
      picked.clear();
      this.search.focus();
    });
    this.unsubscribe = picked.subscribe(() => {
      this.table.point(picked.hovered?.name ?? null);
      if (picked.chosen !== this.sources[0]) {
        this.painter.request();
      }
    });
    this.node = h(
      'div',
      { class: 'jp-sm-trialTable' },
      h('div', { class: 'jp-sm-tableBar' }, this.search, this.menu.node, this.note, this.all),
      this.table.node
    );
  }

  update(data: TrialTableData): void {
    this.data = data;
    this.columns = columnsOf(this.options.trans, data.parameters);
    this.menu.update(this.columns);
    this.filter();
    this.paint();
  }

  /** The time went by, and trials that run have run longer. */
  tick(): void {
    if (this.sorting.column === 'duration') {
      this.sources = [];
      this.painter.request();
    } else {
      this.table.redraw();
    }
  }

  setOpened(trial: Trial | null): void {
    this.opened = trial?.name ?? null;
    this.table.setOpened(this.opened);
  }

  /** Put the focus on a trial's row, or on what finds it if it is not among the rows. */
  focus(trial: Trial): void {
    if (this.shown.some(({ name }) => name === trial.name)) {
      this.table.focusRow(trial.name);
    } else {
      this.search.focus();
    }
  }

  dispose(): void {
    this.unsubscribe();
    this.painter.dispose();
    this.table.dispose();
  }

  private setFilter(text: string): void {
    this.search.value = text;
    this.filter();
  }

  /** Choose the trials that the line of text is about, in the charts too. */
  private filter(): void {
    const { trans, picked } = this.options;
    const { trials, metric, parameters } = this.data;
    const names = { metric, parameters: parameters.map(({ name }) => name), now: Date.now() / 1000 };
    const found = trialFilter(this.search.value, names);
    const chosen = found && trials.filter(trial => found.passes(trial)).map(({ name }) => name);
    picked.choose(this, chosen && new Set(chosen));
    const unknown = found?.unknown.join(', ') ?? '';
    this.search.setCustomValidity(unknown === '' ? '' : trans.__('There is no column %1.', unknown));
    setAttribute(this.search, 'aria-invalid', unknown === '' ? null : 'true');
    this.painter.request();
  }

  private paint(): void {
    const { picked } = this.options;
    const { trials, best } = this.data;
    const sources = [picked.chosen, trials, this.sorting];
    if (sources.some((source, index) => source !== this.sources[index])) {
      this.sources = sources;
      const chosen = trials.filter(trial => picked.includes(trial));
      this.shown = sortTrials(chosen, this.sorting, Date.now() / 1000);
    }
    this.tell();
    const columns: readonly Column<Trial>[] = this.columns.filter(column => this.menu.shows(column));
    this.table.setColumns(columns, this.sorting);
    this.table.setRows(this.shown, best?.name ?? null);
  }

  private tell(): void {
    const { trans, picked } = this.options;
    const some = picked.chosen !== null;
    const problem = this.search.validationMessage;
    const told = some ? trans.__('%1 of %2 trials', count(this.shown.length), count(this.data.trials.length)) : '';
    setText(this.note, [problem, told].filter(Boolean).join(' '));
    show(this.all, some);
  }
}

/** Which columns are shown. */
class ColumnMenu {
  readonly node: HTMLDetailsElement;
  private readonly list: HTMLElement;
  private readonly boxes = new Map<string, HTMLInputElement>();

  constructor(
    trans: Translate,
    private readonly onChange: () => void
  ) {
    const summary = h('summary', { class: 'jp-sm-button' }, trans.__('Columns'));
    this.list = h('div', { class: 'jp-sm-columnList', role: 'group', 'aria-label': trans.__('Columns') });
    this.node = h('details', { class: 'jp-sm-columns' }, summary, this.list);
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.node.open) {
        event.stopPropagation();
        this.node.open = false;
        summary.focus();
      }
    });
    this.node.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.node.contains(relatedTarget)) {
        this.node.open = false;
      }
    });
  }

  update(columns: readonly TrialColumn[]): void {
    for (const column of columns) {
      if (column.needed !== true && !this.boxes.has(column.id)) {
        const box = h('input', { type: 'checkbox' });
        box.checked = choiceOf(column);
        box.addEventListener('change', this.onChange);
        this.boxes.set(column.id, box);
        this.list.append(h('label', {}, box, ' ', column.title));
      }
    }
  }

  shows(column: TrialColumn): boolean {
    return this.boxes.get(column.id)?.checked ?? true;
  }
}
