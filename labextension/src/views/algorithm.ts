/** The view of an algorithm: what it takes and measures, what it runs, and whether it has been found good. */

import type { Algorithm, Snapshot } from '../model';
import { AlgorithmFacts, type Cells } from './algorithmfacts';
import { h, show } from './dom';
import { JobView } from './job';
import { pairs } from './pairs';
import type { ViewOptions } from './view';
import '../../style/views/algorithm.css';

/** As the views of jobs want it. */
type Shown = Algorithm & { readonly FailureReason?: string };

export class AlgorithmView extends JobView<Shown> {
  private readonly facts: AlgorithmFacts;
  private readonly about = h('dl', { class: 'jp-sm-parameters jp-sm-whole' });
  private readonly serving = h('dl', { class: 'jp-sm-parameters jp-sm-whole' });
  private readonly channels: Part;
  private readonly parameters: Part;
  private readonly metrics: Part;
  private readonly proofs: Part;

  constructor(options: ViewOptions) {
    const { trans } = options;
    super(options, trans.__('Algorithm'), 'jp-sm-algorithm');
    this.facts = new AlgorithmFacts(trans);
    this.channels = new Part(trans.__('Channels'));
    this.parameters = new Part(trans.__('Hyperparameters'));
    this.metrics = new Part(trans.__('Metrics'));
    this.proofs = new Part(trans.__('Validation'));
    this.content.append(
      h(
        'div',
        { class: 'jp-sm-side' },
        h('section', {}, h('h3', {}, trans.__('Training')), this.about),
        h('section', {}, h('h3', {}, trans.__('Inference')), this.serving)
      ),
      ...[this.channels, this.parameters, this.metrics, this.proofs].map(({ node }) => node)
    );
  }

  protected jobOf(snapshot: Snapshot | null): Shown | null {
    if (snapshot?.kind !== 'algorithms' || !snapshot.described) {
      return null;
    }
    const algorithm = snapshot.described as Algorithm;
    const reason = this.facts.failure(algorithm);
    return reason === '' ? algorithm : { ...algorithm, FailureReason: reason };
  }

  protected override startOf(): null {
    return null;
  }

  protected endOf(): null {
    return null;
  }

  protected paintTime(): void {
    // It takes none.
  }

  protected paintJob(algorithm: Shown): void {
    const { facts } = this;
    pairs(this.about, facts.training(algorithm));
    pairs(this.serving, facts.inference(algorithm));
    this.channels.paint(facts.channels(algorithm));
    this.parameters.paint(facts.parameters(algorithm));
    this.metrics.paint(facts.metrics(algorithm));
    this.proofs.paint(facts.proofs(algorithm));
  }
}

/** A table with its head, which is not there when it has no rows. */
class Part {
  readonly node: HTMLElement;
  private readonly table = h('table');

  constructor(title: string) {
    this.table.setAttribute('aria-label', title);
    this.node = h('section', {}, h('h3', {}, title), h('div', { class: 'jp-sm-facts' }, this.table));
  }

  paint([heads, ...rows]: Cells): void {
    show(this.node, rows.length > 0);
    const key = JSON.stringify(rows);
    if (this.table.dataset.key !== key) {
      this.table.dataset.key = key;
      this.table.replaceChildren(
        h('thead', {}, h('tr', {}, ...(heads ?? []).map(head => h('th', { scope: 'col' }, head)))),
        h('tbody', {}, ...rows.map(row => h('tr', {}, ...row.map(cell => h('td', {}, cell)))))
      );
    }
  }
}
