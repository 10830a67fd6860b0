/** The charts of a tuning job: which there are, and which of them the user wants to see. A hidden one costs nothing. */

import { h, setAttribute, setText, show } from '../dom';
import type { Translate } from '../text';
import type { TrialData } from '../trials';
import type { ChartOptions, Drawn } from './chart';
import { ImportanceChart } from './importance';
import { ObjectiveChart } from './objective';
import { ParallelChart } from './parallel';
import { SlicesChart } from './slices';
import { TimelineChart } from './timeline';

/** What only the host can find out. */
export interface CardsOptions extends ChartOptions {
  /** Shares of the hyperparameters in what makes the objective differ; null where nobody can tell. */
  readonly importances: (() => Promise<Readonly<Record<string, number>>>) | null;
}

interface Kind {
  readonly id: string;
  /** On the button that shows it. */
  readonly name: (trans: Translate) => string;
  /** Above it. */
  readonly title: (trans: Translate, data: TrialData) => string;
  /** Null where it cannot be drawn. */
  readonly make: (options: CardsOptions) => (() => Drawn<TrialData>) | null;
  /** Marks and what they mean. */
  readonly key?: (trans: Translate) => readonly (readonly [mark: string, text: string])[];
}

const KINDS: readonly Kind[] = [
  {
    id: 'objective',
    name: trans => trans.__('By trial'),
    title: (trans, { metric }) => trans.__('%1 by trial', metric),
    make: options => () => new ObjectiveChart(options),
    key: trans => [
      ['point', trans.__('trial')],
      ['line', trans.__('best so far')],
      ['busy', trans.__('in progress')],
      ['bad', trans.__('failed')]
    ]
  },
  {
    id: 'parallel',
    name: trans => trans.__('Parallel coordinates'),
    title: trans => trans.__('Parallel coordinates (drag along an axis to choose)'),
    make: options => () => new ParallelChart(options)
  },
  {
    id: 'slices',
    name: trans => trans.__('Hyperparameters'),
    title: (trans, { metric }) => trans.__('%1 by hyperparameter', metric),
    make: options => () => new SlicesChart(options)
  },
  {
    id: 'importance',
    name: trans => trans.__('Importance'),
    title: (trans, { metric }) => trans.__('Importance for %1', metric),
    make: options => {
      const { importances } = options;
      return importances && (() => new ImportanceChart(options, importances));
    }
  },
  {
    id: 'timeline',
    name: trans => trans.__('Timeline'),
    title: trans => trans.__('Timeline of trials'),
    make: options => () => new TimelineChart(options)
  }
];

const WIDE = 680; // CSS pixels in which all charts have room from the start

class Card {
  readonly node: HTMLElement;
  readonly button: HTMLButtonElement;
  private readonly title = h('h3');
  private chart: Drawn<TrialData> | null = null;
  private data: TrialData | null = null;

  constructor(
    private readonly kind: Kind,
    private readonly make: () => Drawn<TrialData>,
    private readonly trans: Translate,
    onToggle: () => void
  ) {
    this.node = h('section', { class: 'jp-sm-chart', 'data-chart': kind.id, hidden: true }, this.title);
    this.button = h('button', { type: 'button', class: 'jp-sm-button jp-sm-toggle' }, kind.name(trans));
    this.button.addEventListener('click', onToggle);
    this.show(false);
  }

  get shown(): boolean {
    return !this.node.hidden;
  }

  show(shown: boolean): void {
    show(this.node, shown);
    setAttribute(this.button, 'aria-pressed', shown ? 'true' : 'false');
    this.draw();
  }

  update(data: TrialData): void {
    this.data = data;
    setText(this.title, this.kind.title(this.trans, data));
    this.draw();
  }

  dispose(): void {
    this.chart?.dispose();
  }

  private draw(): void {
    if (this.shown && this.data) {
      this.chart ??= this.begin();
      this.chart.update(this.data);
    }
  }

  private begin(): Drawn<TrialData> {
    const chart = this.make();
    this.node.append(chart.node);
    const key = this.kind.key?.(this.trans);
    if (key) {
      const marks = key.map(([mark, text]) => h('li', { 'data-mark': mark }, text));
      this.node.append(h('ul', { class: 'jp-sm-plotKey', 'aria-hidden': 'true' }, ...marks));
    }
    return chart;
  }
}

export class Cards {
  readonly node: HTMLElement;
  private readonly cards: readonly Card[];
  private chosen = false;

  constructor(options: CardsOptions) {
    this.cards = KINDS.flatMap(kind => {
      const make = kind.make(options);
      const card: Card | null =
        make &&
        new Card(kind, make, options.trans, () => {
          this.chosen = true;
          card?.show(!card.shown);
        });
      return card ? [card] : [];
    });
    this.cards[0]?.show(true);
    const buttons = this.cards.length > 1 && [
      h(
        'div',
        { class: 'jp-sm-toggles', role: 'group', 'aria-label': options.trans.__('Charts') },
        ...this.cards.map(card => card.button)
      )
    ];
    this.node = h(
      'div',
      { class: 'jp-sm-charts' },
      ...(buttons || []),
      h('div', { class: 'jp-sm-cards' }, ...this.cards.map(card => card.node))
    );
  }

  update(data: TrialData): void {
    // Only what is in the document has a width.
    if (!this.chosen && this.node.clientWidth > 0) {
      this.chosen = true;
      if (this.node.clientWidth >= WIDE) {
        this.cards.forEach(card => card.show(true));
      }
    }
    for (const card of this.cards) {
      card.update(data);
    }
  }

  dispose(): void {
    for (const card of this.cards) {
      card.dispose();
    }
  }
}
