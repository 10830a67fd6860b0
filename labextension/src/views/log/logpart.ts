/** The log of a job as a part of its view: the lines, or why there are none. */

import type { LogPage, ServiceError } from '../../model';
import { h, setText, show } from '../dom';
import type { Translate } from '../text';
import { LogView } from './logview';

export class LogPart {
  readonly node: HTMLElement;
  private readonly log: LogView;
  private readonly nothing = h('p', { class: 'jp-sm-of' });
  private unreadable: ServiceError | null = null;
  private heard = false;

  constructor(
    private readonly trans: Translate,
    /** Null where nobody reads the log: beside a widget there is only the kernel. */
    private readonly onDownload: (() => Promise<void>) | null
  ) {
    this.log = new LogView({ trans, onDownload });
    this.node = h('section', { class: 'jp-sm-logPart' }, h('h3', {}, trans.__('Log')), this.log.node, this.nothing);
  }

  append(events: LogPage['events']): void {
    this.heard = true;
    this.log.append(events);
  }

  /** Why it cannot be read, or null if it can again. */
  problem(error: ServiceError | null): void {
    this.unreadable = error;
  }

  paint(running: boolean): void {
    const { trans, unreadable } = this;
    const silent = running ? trans.__('Nothing printed so far.') : trans.__('This job printed nothing.');
    const unread = trans.__('The log is not read here. Run `%sm logs` with the name of the job.');
    const told = [unreadable?.message, unreadable?.hint].filter(Boolean).join(' ');
    setText(
      this.nothing,
      unreadable ? trans.__('The log cannot be read: %1', told) : this.heard || this.onDownload ? silent : unread
    );
    show(this.nothing, this.log.empty || unreadable !== null);
  }

  dispose(): void {
    this.log.dispose();
  }
}
