/** One trial of a tuning job, opened beside the table: all that the view of a training job tells, in place. */

import { h, setAttribute, setText, show } from './dom';
import { duration, number, parameter } from './text';
import { tone, words } from './status';
import { TrainingView } from './training';
import { type Trial, trialSeconds } from './trials';
import type { ViewOptions } from './view';

export class TrialDetail {
  readonly node: HTMLElement;
  private readonly title = h('h3', { tabindex: -1 });
  private readonly place = h('div', { class: 'jp-sm-detailPlace' });
  private opened: Trial | null = null;
  private view: TrainingView | null = null;
  private leave: (() => void) | null = null;

  constructor(
    private readonly options: ViewOptions,
    private readonly onClose: (trial: Trial) => void
  ) {
    const { trans, can, onIntent } = options;
    const tab = h('button', { type: 'button', class: 'jp-sm-button' }, trans.__('Open in a tab'));
    show(tab, can.includes('open'));
    tab.addEventListener('click', () => {
      if (this.opened) {
        void onIntent({ type: 'open', kind: 'training-jobs', key: [this.opened.name] });
      }
    });
    const close = h('button', { type: 'button', class: 'jp-sm-button' }, trans.__('Close'));
    close.addEventListener('click', () => this.close());
    this.node = h(
      'section',
      { class: 'jp-sm-detail', hidden: true },
      h('header', {}, this.title, h('span', { class: 'jp-sm-detailButtons' }, tab, close)),
      this.place
    );
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        event.stopPropagation();
        this.close();
      }
    });
  }

  /** The trial that is shown. */
  get trial(): Trial | null {
    return this.opened;
  }

  open(trial: Trial): void {
    if (trial.name !== this.opened?.name) {
      this.empty();
      const { asks } = this.options;
      if (asks) {
        this.view = new TrainingView(this.options);
        this.place.append(this.view.node);
        this.leave = asks.follow(trial.name, this.view);
      }
    }
    this.update(trial);
    show(this.node, true);
    this.title.focus({ preventScroll: true });
    // jsdom has no such method, and neither have all hosts.
    (this.node as Partial<HTMLElement>).scrollIntoView?.({ block: 'nearest' });
  }

  /** The trial as it is now. */
  update(trial: Trial): void {
    const { trans } = this.options;
    const value = trial.objective === null ? words(trial.status) : number(trial.objective);
    setText(this.title, trans.__('Trial %1: %2', trial.number, value));
    setAttribute(this.node, 'aria-label', trans.__('Trial %1', trial.number));
    // Where nobody can be asked, what the list of trials tells is all there is.
    if (this.view === null && trial !== this.opened) {
      this.place.replaceChildren(...this.facts(trial));
    }
    this.opened = trial;
  }

  close(): void {
    const trial = this.opened;
    if (trial) {
      show(this.node, false);
      this.empty();
      this.onClose(trial);
    }
  }

  dispose(): void {
    this.empty();
  }

  private empty(): void {
    this.leave?.();
    this.leave = null;
    this.view?.dispose();
    this.view = null;
    this.opened = null;
    this.place.replaceChildren();
  }

  private facts(trial: Trial): HTMLElement[] {
    const { trans } = this.options;
    const seconds = trialSeconds(trial, Date.now() / 1000);
    const badge = h('span', { class: 'jp-sm-badge', 'data-tone': tone(trial.status) }, words(trial.status));
    const time = h('span', { class: 'jp-sm-time' }, trial.ended !== null && seconds !== null ? duration(seconds) : '');
    const pairs = Object.entries(trial.parameters).map(([name, given]) =>
      h('div', {}, h('dt', {}, name), h('dd', { title: given }, parameter(given)))
    );
    return [
      h('div', { class: 'jp-sm-state' }, badge, time),
      h('div', { class: 'jp-sm-of' }, trial.name),
      ...(trial.reason === null ? [] : [h('div', { class: 'jp-sm-failure' }, trial.reason)]),
      h('dl', { class: 'jp-sm-parameters', 'aria-label': trans.__('Hyperparameters') }, ...pairs)
    ];
  }
}
