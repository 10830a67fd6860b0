/** What the failure of a job means, and what to do about it: what the reason itself does not say. */

import type { FailureMeaning } from '../model';
import { h, setText, show } from './dom';
import type { Translate } from './text';

export class MeaningNote {
  readonly node: HTMLElement;
  private readonly text = h('dd');
  private readonly advice = h('dd');

  constructor(trans: Translate) {
    this.node = h(
      'dl',
      { class: 'jp-sm-meaning', hidden: true },
      h('div', {}, h('dt', {}, trans.__('What it means')), this.text),
      h('div', {}, h('dt', {}, trans.__('What to do')), this.advice)
    );
  }

  update(meaning: FailureMeaning | null | undefined): void {
    setText(this.text, meaning?.text ?? '');
    setText(this.advice, meaning?.advice ?? '');
    show(this.node, !!meaning);
  }
}
