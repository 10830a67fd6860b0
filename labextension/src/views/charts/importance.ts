/** How much each hyperparameter matters, as bars that are also a list to read. */

import { h, setText } from '../dom';
import type { TrialData } from '../trials';
import type { ChartOptions, Drawn } from './chart';

const PAUSE = 2000; // ms between two questions: the answer moves slowly, and takes half a second for 10,000 trials

export class ImportanceChart implements Drawn<TrialData> {
  readonly node: HTMLElement;
  private readonly list = h('ol', { class: 'jp-sm-shares' });
  private readonly note = h('p', { class: 'jp-sm-of', role: 'status' });
  private answered = -1;
  private wanted = 0;
  private timer = 0;
  /** When it may be asked again. */
  private rested = 0;
  private asking = false;
  private disposed = false;

  constructor(
    private readonly options: ChartOptions,
    private readonly ask: () => Promise<Readonly<Record<string, number>>>
  ) {
    this.node = h('div', { class: 'jp-sm-importance' }, this.list, this.note);
    setText(this.note, options.trans.__('Working out…'));
  }

  update(data: TrialData): void {
    this.wanted = data.trials.filter(trial => trial.objective !== null).length;
    this.request();
  }

  dispose(): void {
    this.disposed = true;
    window.clearTimeout(this.timer);
  }

  private request(): void {
    if (!this.asking && this.wanted !== this.answered) {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.read(), Math.max(0, this.rested - Date.now()));
    }
  }

  private async read(): Promise<void> {
    const { trans } = this.options;
    const count = this.wanted;
    this.asking = true;
    try {
      const shares = Object.entries(await this.ask());
      this.paint(shares);
      setText(this.note, shares.length > 0 ? '' : trans.__('More finished trials are needed to tell.'));
    } catch (error) {
      setText(this.note, error instanceof Error ? error.message : String(error));
    }
    this.answered = count;
    this.asking = false;
    this.rested = Date.now() + PAUSE;
    if (!this.disposed) {
      this.request();
    }
  }

  private paint(shares: readonly (readonly [string, number])[]): void {
    this.list.replaceChildren(
      ...shares.map(([name, share]) => {
        const bar = h('span', { class: 'jp-sm-share', 'aria-hidden': 'true' });
        bar.style.setProperty('--sm-share', String(share));
        const percent = share > 0 && share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`;
        return h('li', {}, h('span', { title: name }, name), bar, h('b', {}, percent));
      })
    );
  }
}
