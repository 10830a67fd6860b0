/** The charts of a tuning job: which there are, and which of them the user wants to see. A hidden one costs nothing. */

import { h, setAttribute, setText, show } from '../dom';
import type { Translate } from '../text';
import type { TrialData } from '../trials';
import { Chart, type ChartOptions } from './chart';
import { ObjectiveChart } from './objective';

interface Kind {
  readonly id: string;
  /** On the button that shows it. */
  readonly name: (trans: Translate) => string;
  /** Above it. */
  readonly title: (trans: Translate, data: TrialData) => string;
  readonly make: (options: ChartOptions) => Chart<TrialData>;
  /** Marks and what they mean. */
  readonly key?: (trans: Translate) => readonly (readonly [mark: string, text: string])[];
}

const KINDS: readonly Kind[] = [
  {
    id: 'objective',
    name: trans => trans.__('Objective'),
    title: (trans, { metric }) => trans.__('%1 by trial', metric),
    make: options => new ObjectiveChart(options),
    key: trans => [
      ['point', trans.__('trial')],
      ['line', trans.__('best so far')],
      ['busy', trans.__('in progress')],
      ['bad', trans.__('failed')]
    ]
  }
];

const WIDE = 900; // CSS pixels in which all charts have room from the start

class Card {
  readonly node: HTMLElement;
  readonly button: HTMLButtonElement;
  private readonly title = h('h3');
  private chart: Chart<TrialData> | null = null;
  private data: TrialData | null = null;

  constructor(
    readonly kind: Kind,
    private readonly options: ChartOptions,
    onToggle: () => void
  ) {
    this.node = h('section', { class: 'jp-sm-chart', hidden: true }, this.title);
    this.button = h('button', { type: 'button', class: 'jp-sm-button jp-sm-toggle' }, kind.name(options.trans));
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
    setText(this.title, this.kind.title(this.options.trans, data));
    this.draw();
  }

  dispose(): void {
    this.chart?.dispose();
  }

  private draw(): void {
    if (this.shown && this.data) {
      this.chart ??= this.make();
      this.chart.update(this.data);
    }
  }

  private make(): Chart<TrialData> {
    const chart = this.kind.make(this.options);
    this.node.append(chart.node);
    const key = this.kind.key?.(this.options.trans);
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

  constructor(options: ChartOptions) {
    this.cards = KINDS.map(kind => {
      const card: Card = new Card(kind, options, () => {
        this.chosen = true;
        card.show(!card.shown);
      });
      return card;
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
