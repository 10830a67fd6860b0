/** The line on top of every job: what it is, how it stands, how long, on which connection, and Stop. */

import { barred, denialOf } from '../denied';
import { isRunning, isStoppable } from '../job';
import type { DeniedDeed, Snapshot } from '../model';
import { h, setAttribute, setText, show } from './dom';
import { clock, duration } from './text';
import { tone, words } from './status';
import { Refusal } from './refusal';
import { Note, ViewOptions } from './view';

export class Head {
  readonly node: HTMLElement;
  private readonly title = h('h2', { class: 'jp-sm-title' });
  private readonly badge = h('span', { class: 'jp-sm-badge', role: 'status' });
  private readonly time = h('span', { class: 'jp-sm-time' });
  private readonly label = h('span', { class: 'jp-sm-connection' });
  private readonly stop: StopButton;
  private readonly actions: HTMLButtonElement;
  private snapshot: Snapshot | null = null;
  private since: number | null = null;
  private until: number | null = null;

  constructor(
    private readonly options: ViewOptions,
    kind: string
  ) {
    this.stop = new StopButton(options, async () => {
      if (this.snapshot) {
        await options.onIntent({ type: 'stop', kind: this.snapshot.kind, key: this.snapshot.key });
      }
    });
    const { trans } = options;
    this.actions = h('button', { type: 'button', class: 'jp-sm-button', 'aria-haspopup': 'menu' }, trans.__('Actions'));
    show(this.actions, options.can.includes('menu'));
    this.actions.addEventListener('click', () => {
      if (this.snapshot) {
        const { kind: is, key, ways = [] } = this.snapshot;
        void options.onIntent({ type: 'menu', kind: is, key, ways, at: this.actions });
      }
    });
    this.node = h(
      'header',
      { class: 'jp-sm-head' },
      h('div', { class: 'jp-sm-names' }, h('span', { class: 'jp-sm-kind' }, kind), this.title),
      h('div', { class: 'jp-sm-state' }, this.badge, this.time, this.label, this.actions, this.stop.node)
    );
  }

  update(snapshot: Snapshot, since: number | null, until: number | null): void {
    this.snapshot = snapshot;
    this.since = since;
    this.until = until;
    const name = snapshot.key.at(-1) ?? '';
    setText(this.title, name);
    setAttribute(this.title, 'title', name);
    setText(this.badge, snapshot.status === null ? this.options.trans.__('Loading') : words(snapshot.status));
    this.badge.dataset.tone = tone(snapshot.status);
    setText(this.label, snapshot.label ?? snapshot.connection);
    setAttribute(this.label, 'title', this.options.trans.__('Connection: %1', snapshot.label ?? snapshot.connection));
    this.stop.update(snapshot.status, denialOf(snapshot.denied ?? [], 'stop', snapshot));
    this.tick();
  }

  /** Write the time that has gone by; called every second while the job runs. */
  tick(): void {
    show(this.time, this.since !== null);
    if (this.since !== null) {
      const end = this.until ?? Date.now() / 1000;
      setText(this.time, duration(end - this.since));
      setAttribute(this.time, 'title', this.options.trans.__('Started %1', clock(this.since)));
    }
  }
}

/** Stop asks once more, in place, so that it works the same in every host. */
class StopButton {
  readonly node = h('span', { class: 'jp-sm-stop' });
  private readonly button: HTMLButtonElement;
  private readonly sure: HTMLElement;
  private readonly no: HTMLButtonElement;
  private readonly refusal: Refusal;
  private readonly problem = h('span', { class: 'jp-sm-stopProblem', role: 'alert', hidden: true });
  private told = false;

  constructor(
    private readonly options: ViewOptions,
    private readonly onStop: () => Promise<void>
  ) {
    const { trans } = options;
    this.button = h('button', { type: 'button', class: 'jp-sm-button' }, trans.__('Stop'));
    const yes = h('button', { type: 'button', class: 'jp-sm-button jp-sm-danger' }, trans.__('Stop job'));
    this.no = h('button', { type: 'button', class: 'jp-sm-button' }, trans.__('Keep running'));
    this.sure = h(
      'span',
      { class: 'jp-sm-sure', role: 'group', 'aria-label': trans.__('Stop this job?'), hidden: true },
      h('span', {}, trans.__('Stop this job?')),
      yes,
      this.no
    );
    this.refusal = new Refusal(
      trans,
      () => this.ask(true),
      () => this.button.focus()
    );
    this.node.append(this.button, this.sure, this.problem, this.refusal.node);
    this.button.addEventListener('click', () => {
      if (!this.refusal.show()) {
        this.ask(true);
      }
    });
    this.no.addEventListener('click', () => this.ask(false));
    this.sure.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        this.ask(false);
      }
    });
    yes.addEventListener('click', () => void this.send());
  }

  update(status: string | null, denial: DeniedDeed | null): void {
    const offered = this.options.can.includes('stop') && isRunning(status);
    show(this.node, offered);
    if (!isStoppable(status)) {
      this.told = false;
      show(this.sure, false);
      show(this.problem, false);
    }
    this.refusal.update(denial);
    for (const name of ['title', 'aria-disabled', 'aria-description'] as const) {
      setAttribute(this.button, name, barred(this.options.trans, denial)[name]);
    }
    this.button.disabled = this.told || !isStoppable(status);
    setText(this.button, this.button.disabled ? this.options.trans.__('Stopping…') : this.options.trans.__('Stop'));
    show(this.button, this.sure.hidden);
  }

  private ask(asking: boolean): void {
    show(this.sure, asking);
    show(this.button, !asking);
    show(this.problem, false);
    (asking ? this.no : this.button).focus();
  }

  private async send(): Promise<void> {
    this.told = true;
    this.ask(false);
    this.button.disabled = true;
    setText(this.button, this.options.trans.__('Stopping…'));
    try {
      await this.onStop();
    } catch (error) {
      this.told = false;
      this.button.disabled = false;
      setText(this.button, this.options.trans.__('Stop'));
      setText(this.problem, error instanceof Error ? error.message : String(error));
      show(this.problem, true);
    }
  }
}

/** What the user should know about what is shown: nobody answers, or it is from another time or place. */
export class Notice {
  readonly node = h('div', { class: 'jp-sm-notice', role: 'status', hidden: true });
  private readonly text = h('span');
  private readonly age = h('span', { class: 'jp-sm-age', 'aria-live': 'off' });
  private readonly hint = h('span', { class: 'jp-sm-hint' });
  private readonly statement = h('pre', { class: 'jp-sm-statementText' });
  private readonly permission: HTMLElement;
  private updated = 0;

  constructor(private readonly options: ViewOptions) {
    const head = h('summary', {}, options.trans.__('Policy statement'));
    this.permission = h('details', {}, head, this.statement);
    this.node.append(h('div', {}, this.text), h('div', { class: 'jp-sm-more' }, this.age, ' ', this.hint));
  }

  update(snapshot: Snapshot | null, note: Note | null | undefined): void {
    const error = snapshot?.error;
    const shown: Note | null = error ? { tone: 'bad', text: error.message, ...error } : (note ?? null);
    show(this.node, shown !== null);
    this.node.dataset.tone = shown?.tone ?? 'idle';
    setText(this.text, shown?.text ?? '');
    setText(this.hint, shown?.hint ?? '');
    setText(this.statement, shown?.statement ?? '');
    if (!shown?.statement) {
      this.permission.remove();
    } else if (this.permission.parentNode === null) {
      this.node.append(this.permission);
    }
    this.updated = snapshot?.updated ?? 0;
    this.tick();
  }

  tick(): void {
    const seen = !this.node.hidden && this.updated > 0;
    const seconds = Math.max(0, Date.now() / 1000 - this.updated);
    setText(this.age, seen ? this.options.trans.__('Last updated %1 ago.', duration(seconds)) : '');
  }
}
