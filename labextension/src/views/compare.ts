/** Several tuning jobs in one plot, with a table of what each has come to. */

import './style';
import '../../style/views/compare.css';
import { isRunning } from '../job';
import type { Watch } from '../model';
import { ComparisonChart } from './charts/comparison';
import { sample } from './charts/marks';
import { CompareTable } from './comparetable';
import { h, Painter, setAttribute, setText, show } from './dom';
import { Picked } from './picked';
import { type Aim, aims, type By, leader, type Series, seriesOf } from './series';
import { number, type Translate } from './text';
import type { Note, ViewState } from './view';

export interface CompareOptions {
  readonly trans: Translate;
  readonly names: readonly string[];
  readonly onOpen: (job: Watch) => void;
}

/** Jobs with one aim: a title and a plot of their own. */
interface Part {
  readonly node: HTMLElement;
  readonly title: HTMLElement;
  readonly legend: HTMLElement;
  readonly chart: ComparisonChart;
}

export class CompareView {
  readonly node: HTMLElement;
  private readonly painter = new Painter(() => this.paint());
  private readonly picked = new Picked();
  private readonly states = new Map<string, ViewState>();
  private readonly notices = h('div', { class: 'jp-sm-notices', role: 'status' });
  private readonly different = h('div', { class: 'jp-sm-notice', 'data-tone': 'idle', role: 'note', hidden: true });
  private readonly ahead = h('p', { class: 'jp-sm-ahead' });
  private readonly plots = h('div', { class: 'jp-sm-comparePlots' });
  private readonly buttons = new Map<By, HTMLButtonElement>();
  private readonly table: CompareTable;
  private readonly timer: number;
  private parts: Part[] = [];
  private series: readonly Series[] = [];
  /** The job of each trial that is drawn. */
  private owners = new Map<string, string>();
  private by: By = 'trial';

  constructor(private readonly options: CompareOptions) {
    const { trans, names, onOpen } = options;
    this.table = new CompareTable({
      trans,
      onOpen: ({ name }) => onOpen({ kind: 'tuning-jobs', key: [name] }),
      onPoint: series => this.picked.point(series?.best ?? series?.trials[0] ?? null)
    });
    this.picked.subscribe(() => this.table.point(this.owners.get(this.picked.hovered?.name ?? '') ?? null));
    const toggles = h(
      'div',
      { class: 'jp-sm-toggles', role: 'group', 'aria-label': trans.__('Best so far') },
      this.toggle('trial', trans.__('By trial')),
      this.toggle('elapsed', trans.__('By elapsed time'))
    );
    this.node = h(
      'article',
      { class: 'jp-sm jp-sm-compare' },
      h(
        'header',
        { class: 'jp-sm-head' },
        h(
          'div',
          { class: 'jp-sm-names' },
          h('h2', { class: 'jp-sm-title' }, trans.__('Comparison of %1 tuning jobs', names.length))
        ),
        toggles
      ),
      this.notices,
      this.different,
      this.ahead,
      this.plots,
      h('section', { class: 'jp-sm-compareTable' }, h('h3', {}, trans.__('Jobs and the best of each')), this.table.node)
    );
    this.choose('trial');
    this.timer = window.setInterval(() => this.tick(), 1000);
  }

  /** How one of the jobs stands. */
  update(name: string, state: ViewState): void {
    this.states.set(name, state);
    this.painter.request();
  }

  dispose(): void {
    window.clearInterval(this.timer);
    this.painter.dispose();
    this.parts.forEach(({ chart }) => chart.dispose());
    this.table.dispose();
  }

  private toggle(by: By, text: string): HTMLButtonElement {
    const button = h('button', { type: 'button', class: 'jp-sm-button jp-sm-toggle' }, text);
    button.addEventListener('click', () => this.choose(by));
    this.buttons.set(by, button);
    return button;
  }

  private choose(by: By): void {
    this.by = by;
    // A chart that is there already may wait before it draws what costs it much; what was asked for comes at once.
    this.paintPlots([]);
    this.buttons.forEach((button, each) => setAttribute(button, 'aria-pressed', each === by ? 'true' : 'false'));
    this.painter.request();
  }

  private tick(): void {
    const runs = this.series.some(({ snapshot }) => isRunning(snapshot?.status ?? null));
    if (runs && !document.hidden && this.node.isConnected) {
      this.table.tick();
      if (this.by === 'elapsed') {
        this.paintPlots(aims(this.series));
      }
    }
  }

  private paint(): void {
    this.series = this.options.names.map((name, index) =>
      seriesOf(name, index, this.states.get(name)?.snapshot ?? null)
    );
    this.owners = new Map(this.series.flatMap(({ name, trials }) => trials.map(trial => [trial.name, name])));
    const found = aims(this.series);
    this.paintNotices();
    this.paintDifference(found);
    this.paintAhead(found);
    this.paintPlots(found);
    const [only, another] = found;
    // What is ahead cannot be told across different aims.
    this.table.update(this.series, only && !another ? (leader(only)?.name ?? null) : null);
  }

  private paintNotices(): void {
    const { trans, names } = this.options;
    const told = new Map<string, { note: Note; names: string[] }>();
    for (const name of names) {
      const { snapshot, note } = this.states.get(name) ?? { snapshot: null };
      const error = snapshot?.error;
      const shown: Note | null = error
        ? { tone: 'bad', text: error.message, hint: error.hint ?? null }
        : (note ?? null);
      if (shown) {
        const id = JSON.stringify(shown);
        const known = told.get(id) ?? { note: shown, names: [] };
        known.names.push(name);
        told.set(id, known);
      }
    }
    const key = JSON.stringify([...told.values()]);
    if (this.notices.dataset.key !== key) {
      this.notices.dataset.key = key;
      this.notices.replaceChildren(
        ...[...told.values()].map(({ note, names: about }) => {
          const text = about.length === names.length ? note.text : trans.__('%1: %2', about.join(', '), note.text);
          const hint = note.hint && h('div', { class: 'jp-sm-hint' }, note.hint);
          return h('div', { class: 'jp-sm-notice', 'data-tone': note.tone }, h('div', {}, text), hint);
        })
      );
    }
  }

  private paintDifference(found: readonly Aim[]): void {
    const { trans } = this.options;
    show(this.different, found.length > 1);
    const told = found.map(({ metric, minimize, series }) => {
      const names = series.map(({ name }) => name).join(', ');
      return minimize ? trans.__('lowest %1 (%2)', metric, names) : trans.__('highest %1 (%2)', metric, names);
    });
    setText(
      this.different,
      found.length > 1
        ? trans.__(
            'These jobs do not aim at the same: %1. Each aim is drawn in a scale of its own, and values of one cannot be compared with those of another.',
            told.join('; ')
          )
        : ''
    );
  }

  private paintAhead(found: readonly Aim[]): void {
    const { trans } = this.options;
    const told = found.flatMap(aim => {
      const ahead = leader(aim);
      const best = ahead?.best?.objective ?? null;
      return ahead && best !== null
        ? [
            aim.minimize
              ? trans.__('Lowest %1: %2, by %3.', aim.metric, number(best), ahead.name)
              : trans.__('Highest %1: %2, by %3.', aim.metric, number(best), ahead.name)
          ]
        : [];
    });
    setText(this.ahead, told.join(' '));
    show(this.ahead, told.length > 0);
  }

  private paintPlots(found: readonly Aim[]): void {
    while (this.parts.length > found.length) {
      const part = this.parts.pop();
      part?.chart.dispose();
      part?.node.remove();
    }
    found.forEach((aim, index) => this.paintPart(this.parts[index] ?? this.addPart(), aim));
  }

  private paintPart({ title, legend, chart }: Part, aim: Aim): void {
    const { trans } = this.options;
    setText(
      title,
      this.by === 'trial'
        ? trans.__('Best %1 so far by trial', aim.metric)
        : trans.__('Best %1 so far by time since the job was created', aim.metric)
    );
    const key = aim.series.map(({ name }) => name).join('\n');
    if (legend.dataset.key !== key) {
      legend.dataset.key = key;
      legend.replaceChildren(...aim.series.map(({ name, index }) => h('li', {}, sample(index), ' ', name)));
    }
    chart.update({ aim, by: this.by, now: Date.now() / 1000 });
  }

  private addPart(): Part {
    const { trans, onOpen } = this.options;
    const chart = new ComparisonChart({
      trans,
      picked: this.picked,
      onOpen: trial => onOpen({ kind: 'training-jobs', key: [trial.name] })
    });
    const title = h('h3');
    const legend = h('ul', { class: 'jp-sm-compareLegend', 'aria-label': trans.__('Lines') });
    const node = h('section', { class: 'jp-sm-comparePlot' }, title, legend, chart.node);
    this.plots.append(node);
    const part = { node, title, legend, chart };
    this.parts.push(part);
    return part;
  }
}
