/** What a job has stored: its files, each to be saved with one press. */

import type { JobArtifacts, Watch } from '../model';
import { h, setText, show } from './dom';
import { bytes, clock } from './text';
import type { Asks, ViewOptions } from './view';

type Artifact = JobArtifacts['artifacts'][number];

export class ArtifactList {
  /** Empty where nobody can be asked. */
  readonly node = h('div', { class: 'jp-sm-artifacts' });
  private readonly list = h('ul');
  private readonly note = h('p', { class: 'jp-sm-of', role: 'status' });
  private readonly problem = h('p', { class: 'jp-sm-artifactProblem', role: 'alert', hidden: true });
  private readonly again: HTMLButtonElement;
  private readonly link: HTMLAnchorElement;
  private asked: string | null = null;
  private disposed = false;

  constructor(
    private readonly options: ViewOptions,
    private readonly job: () => Watch
  ) {
    const { trans } = options;
    this.again = h('button', { type: 'button', class: 'jp-sm-button', hidden: true }, trans.__('Try again'));
    this.again.addEventListener('click', () => void this.read());
    this.link = h(
      'a',
      { class: 'jp-sm-link', target: '_blank', rel: 'noopener noreferrer', hidden: true },
      trans.__('Open in the AWS console')
    );
    this.node.append(this.list, this.note, this.problem, this.again, this.link);
  }

  /** A job that has ended under some status: what it stored is read once. */
  update(over: boolean, status: string): void {
    const { asks, trans } = this.options;
    show(this.node, asks !== null);
    if (!over) {
      this.asked = null;
      setText(this.note, trans.__('What it stores is listed here when it has ended.'));
    } else if (asks && this.asked !== status) {
      this.asked = status;
      void this.read();
    }
  }

  dispose(): void {
    this.disposed = true;
  }

  private async read(): Promise<void> {
    const { asks, trans } = this.options;
    if (!asks) {
      return;
    }
    setText(this.note, trans.__('Looking…'));
    show(this.again, false);
    try {
      const found = await asks.artifacts(this.job());
      if (!this.disposed) {
        this.paint(asks, found);
      }
    } catch (error) {
      setText(this.note, '');
      this.tell(error);
      show(this.again, true);
    }
  }

  private paint(asks: Asks, { artifacts, more, link }: JobArtifacts): void {
    const { trans } = this.options;
    this.list.replaceChildren(...artifacts.map(artifact => this.line(asks, artifact)));
    const nothing = artifacts.length === 0;
    setText(
      this.note,
      nothing
        ? trans.__('It has stored nothing.')
        : more
          ? trans.__('Only the first %1 are listed.', artifacts.length)
          : ''
    );
    show(this.note, nothing || more);
    show(this.problem, false);
    show(this.link, link !== null);
    if (link !== null) {
      this.link.href = link;
    }
  }

  private line(asks: Asks, { path, uri, size, modified }: Artifact): HTMLElement {
    const { trans } = this.options;
    const name = trans.__('Download %1', path);
    const save = h('button', { type: 'button', class: 'jp-sm-button', 'aria-label': name }, trans.__('Download'));
    save.addEventListener('click', () => void this.save(asks, path, save));
    const told = h('span', { class: 'jp-sm-of', title: trans.__('Stored %1', clock(modified)) }, bytes(size));
    return h('li', {}, h('code', { title: uri }, path), told, save);
  }

  private async save(asks: Asks, path: string, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    show(this.problem, false);
    try {
      await asks.downloadArtifact(this.job(), path);
    } catch (error) {
      this.tell(error);
    }
    button.disabled = false;
  }

  private tell(error: unknown): void {
    const { message, hint } = error as { message?: string; hint?: string | null };
    setText(this.problem, [message ?? String(error), hint].filter(Boolean).join(' '));
    show(this.problem, true);
  }
}
