/** A live log: follows its end, can be paused, searched and downloaded, and draws only the lines in sight. */

import { AnsiUp } from 'ansi_up';
import type { LogEvent } from '../../model';
import { h, Painter, setAttribute, setText, show } from '../dom';
import { count, type Translate } from '../text';
import { type Line, Lines, plain } from './lines';

const LINE = 18; // CSS pixels; the style sheet's --sm-logLine
const SPARE = 20;
const MOST_PIXELS = 8_000_000; // browsers lay out no more

export interface LogViewOptions {
  readonly trans: Translate;
  /** Null where nothing can be downloaded. */
  readonly onDownload: (() => Promise<void>) | null;
}

export class LogView {
  readonly node: HTMLElement;
  private readonly lines = new Lines();
  private readonly scroller = h('div', { class: 'jp-sm-log', tabindex: 0, role: 'log', 'aria-live': 'off' });
  private readonly space = h('div', { class: 'jp-sm-logSpace', 'aria-hidden': 'true' });
  private readonly window = h('pre', { class: 'jp-sm-logLines' });
  private readonly search = h('input', { type: 'search', class: 'jp-sm-input' });
  private readonly stream = h('select', { class: 'jp-sm-input', hidden: true });
  private readonly follow: HTMLButtonElement;
  private readonly told = h('span', { class: 'jp-sm-of', role: 'status' });
  private readonly bar: HTMLElement;
  private readonly painter = new Painter(() => this.paint());
  private readonly resized: ResizeObserver | null;
  private readonly ansi = new AnsiUp();
  private selected: readonly Line[] = [];
  private stale = true;
  private following = true;
  private drawn = '';

  constructor(private readonly options: LogViewOptions) {
    const { trans, onDownload } = options;
    this.ansi.use_classes = true;
    setAttribute(this.scroller, 'aria-label', trans.__('Log'));
    setAttribute(this.search, 'placeholder', trans.__('Search the log'));
    setAttribute(this.search, 'aria-label', trans.__('Search the log'));
    setAttribute(this.stream, 'aria-label', trans.__('Host'));
    this.follow = h('button', { type: 'button', class: 'jp-sm-button jp-sm-toggle' }, trans.__('Follow'));
    const download =
      onDownload === null ? null : h('button', { type: 'button', class: 'jp-sm-button' }, trans.__('Download'));
    if (download && onDownload) {
      download.addEventListener('click', () => void this.save(download, onDownload));
    }
    this.bar = h('div', { class: 'jp-sm-logBar' }, this.search, this.stream, this.follow, download, this.told);
    this.scroller.append(this.space, this.window);
    this.node = h('div', { class: 'jp-sm-logView', hidden: true }, this.bar, this.scroller);
    this.search.addEventListener('input', () => this.reselect());
    this.stream.addEventListener('change', () => this.reselect());
    this.follow.addEventListener('click', () => this.setFollowing(!this.following));
    this.scroller.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.resized = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => this.painter.request());
    this.resized?.observe(this.scroller);
    this.setFollowing(true);
  }

  get empty(): boolean {
    return this.lines.all.length === 0;
  }

  append(events: readonly LogEvent[]): void {
    if (events.length > 0) {
      this.lines.append(events);
      this.stale = true;
      this.painter.request();
    }
  }

  dispose(): void {
    this.painter.dispose();
    this.resized?.disconnect();
  }

  private reselect(): void {
    this.stale = true;
    this.drawn = '';
    this.painter.request();
  }

  private setFollowing(following: boolean): void {
    this.following = following;
    setAttribute(this.follow, 'aria-pressed', following ? 'true' : 'false');
    this.painter.request();
  }

  /** Scrolling up stops following, scrolling to the end goes on with it. */
  private scrolled(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    const end = scrollTop + clientHeight >= scrollHeight - 2 * LINE;
    if (end !== this.following) {
      this.setFollowing(end);
    }
    this.painter.request();
  }

  private paint(): void {
    show(this.node, !this.empty);
    if (this.stale) {
      this.stale = false;
      const { streams } = this.lines;
      this.offer(streams);
      this.selected = this.lines.select(streams.length > 1 ? this.stream.value || null : null, this.search.value);
      this.tell();
    }
    const total = this.selected.length;
    // Beyond the tallest page there is, the scroll bar stands for more than one line a step.
    const height = Math.min(total * LINE, MOST_PIXELS);
    this.space.style.height = `${height}px`;
    const room = this.scroller.clientHeight;
    if (this.following) {
      this.scroller.scrollTop = height;
    }
    const top = this.scroller.scrollTop;
    const share = height > room ? Math.min(1, top / (height - room)) : 0;
    const first = Math.max(0, Math.round(share * (total - room / LINE)) - SPARE);
    const end = Math.min(total, first + Math.ceil(room / LINE) + 2 * SPARE);
    const offset = height === total * LINE ? first * LINE : Math.max(0, top - SPARE * LINE);
    this.window.style.transform = `translateY(${offset}px)`;
    this.draw(this.selected.slice(first, end), `${first}:${end}:${total}:${this.lines.dropped}`);
  }

  private draw(lines: readonly Line[], key: string): void {
    if (key !== this.drawn) {
      this.drawn = key;
      // ansi_up escapes what is HTML.
      this.window.innerHTML = lines.map(line => this.html(line)).join('\n');
    }
  }

  private html(line: Line): string {
    const html = this.ansi.ansi_to_html(`${line.text}\u001b[0m`);
    const wanted = this.search.value;
    return wanted !== '' && plain(line.text) === line.text ? marked(html, line.text, wanted) : html;
  }

  private offer(streams: readonly string[]): void {
    show(this.stream, streams.length > 1);
    if (streams.length > 1 && this.stream.options.length !== streams.length + 1) {
      const chosen = this.stream.value;
      this.stream.replaceChildren(
        h('option', { value: '' }, this.options.trans.__('All hosts')),
        ...streams.map(stream => h('option', { value: stream }, hostOf(stream)))
      );
      this.stream.value = chosen;
    }
  }

  private tell(): void {
    const { trans } = this.options;
    const kept = this.lines.all.length;
    const { dropped } = this.lines;
    const found = this.search.value !== '' || this.selected.length !== kept;
    const parts = [
      found
        ? trans.__('%1 of %2 lines', count(this.selected.length), count(kept))
        : trans._n('%1 line', '%1 lines', kept),
      ...(dropped > 0 ? [trans.__('%1 earlier ones are not kept here', count(dropped))] : [])
    ];
    setText(this.told, parts.join(' · '));
  }

  private async save(button: HTMLButtonElement, onDownload: () => Promise<void>): Promise<void> {
    button.disabled = true;
    try {
      await onDownload();
    } catch (error) {
      setText(this.told, error instanceof Error ? error.message : String(error));
    }
    button.disabled = false;
  }
}

/** `job/algo-2-1700000000` -> `algo-2`. */
function hostOf(stream: string): string {
  return /\/(algo-\d+)/.exec(stream)?.[1] ?? stream;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A line without colours with what was searched for marked. */
function marked(html: string, text: string, wanted: string): string {
  const parts: string[] = [];
  const lower = text.toLowerCase();
  const needle = wanted.toLowerCase();
  if (lower.length !== text.length) {
    return html; // a letter that has another length in lower case
  }
  let from = 0;
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(escaped(text.slice(from, at)), `<mark>${escaped(text.slice(at, at + needle.length))}</mark>`);
    from = at + needle.length;
  }
  return parts.length > 0 ? parts.join('') + escaped(text.slice(from)) : html;
}
