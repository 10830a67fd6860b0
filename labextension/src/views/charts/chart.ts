/** What every chart of trials does: two canvases, a tip, the pointer, the keyboard, the theme, and words for it all. */

import { h, Painter, setAttribute, setText } from '../dom';
import type { Picked } from '../picked';
import { number, parameter, type Translate } from '../text';
import { words } from '../status';
import type { Trial } from '../trials';
import { type Colors, colorsOf } from './shapes';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface ChartOptions {
  readonly trans: Translate;
  readonly picked: Picked;
  /** Null where trials cannot be opened. */
  readonly onOpen: ((trial: Trial) => void) | null;
}

/** Something that is drawn of the trials of a tuning job. */
export interface Drawn<Data> {
  readonly node: HTMLElement;
  update(data: Data): void;
  dispose(): void;
}

const CHEAP = 8; // ms of work that nobody notices
const REST = 50; // times as long as it took is waited before what is dear is done again: 2 % of the time at most
const TYPING = 200; // ms

/** All measures are CSS pixels from the upper left corner of the chart. */
export abstract class Chart<Data> implements Drawn<Data> {
  readonly node: HTMLElement;
  protected readonly trans: Translate;
  protected readonly picked: Picked;
  private readonly canvas = h('canvas', { 'aria-hidden': 'true' });
  // What follows the pointer is drawn on top, so that 10,000 points are not painted again for it.
  private readonly overlay = h('canvas', { 'aria-hidden': 'true' });
  private readonly tip = h('div', { class: 'jp-sm-tip', 'aria-hidden': 'true', hidden: true });
  private readonly spoken = h('div', { class: 'jp-sm-unseen', 'aria-live': 'polite' });
  private readonly empty = h('div', { class: 'jp-sm-plotEmpty' });
  private readonly painter = new Painter(() => this.draw());
  private readonly overPainter = new Painter(() => this.drawOver());
  private readonly resized: ResizeObserver | null;
  private readonly themed: MutationObserver;
  private readonly unsubscribe: () => void;
  private readonly onOpen: ((trial: Trial) => void) | null;
  private known: Data | null = null;
  private chosen: ReadonlySet<string> | null = null;
  private timer = 0;
  /** Milliseconds that the last preparation and the last paint took. */
  private readonly cost = { prepare: 0, paint: 0 };
  /** When the next update may be painted. */
  private rested = 0;
  /** Whether the tip is this chart's to show. */
  private pointed = false;

  constructor(options: ChartOptions) {
    this.trans = options.trans;
    this.picked = options.picked;
    this.onOpen = options.onOpen;
    this.node = h(
      'div',
      { class: 'jp-sm-plot', role: 'group', 'aria-roledescription': this.trans.__('chart'), tabindex: 0 },
      this.canvas,
      this.overlay,
      this.empty,
      this.tip,
      this.spoken
    );
    setAttribute(this.node, 'aria-description', this.trans.__('The table of trials has the same values.'));
    this.node.addEventListener('pointermove', event => this.pointer(event));
    this.node.addEventListener('pointerleave', () => this.pick(null, false));
    this.node.addEventListener('blur', () => this.pick(null, false));
    this.node.addEventListener('keydown', event => this.key(event));
    this.node.addEventListener('click', () => this.open());
    this.unsubscribe = this.picked.subscribe(() => this.pickedChanged());
    this.resized = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => this.painter.request());
    this.resized?.observe(this.node);
    this.themed = new MutationObserver(() => this.painter.request());
    this.themed.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'class', 'style'] });
  }

  /** What costs much to draw is drawn seldom, so that a job of 10,000 trials leaves the page to its user. */
  update(data: Data): void {
    this.known = data;
    window.clearTimeout(this.timer);
    const pause = this.rested - performance.now();
    if (pause > 0) {
      this.timer = window.setTimeout(() => this.take(), pause);
    } else {
      this.take();
    }
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.painter.dispose();
    this.overPainter.dispose();
    this.resized?.disconnect();
    this.themed.disconnect();
    this.unsubscribe();
  }

  /** Work out what is drawn, before it is painted. */
  protected abstract prepare(data: Data): void;

  /** Paint all but what follows the pointer. */
  protected abstract paint(context: CanvasRenderingContext2D, size: Size, colors: Colors): void;

  /** Mark the picked trial. */
  protected abstract mark(context: CanvasRenderingContext2D, trial: Trial, colors: Colors): void;

  /** The trial that a place belongs to. */
  protected abstract nearest(place: Place): Trial | null;

  /** Where a trial's tip goes; null if the trial is not drawn. */
  protected abstract placeOf(trial: Trial): Place | null;

  /** The trials in the order in which the keyboard goes through them. */
  protected abstract order(): readonly Trial[];

  /** What the chart shows, in words. */
  protected abstract summary(data: Data): string;

  /** Why there is nothing to draw; null if there is. */
  protected abstract nothing(data: Data): string | null;

  /** What is said of a trial. */
  protected describe(trial: Trial): string {
    const value = trial.objective === null ? words(trial.status) : number(trial.objective);
    return [
      this.trans.__('Trial %1: %2', trial.number, value),
      ...(trial.status === 'Completed' || trial.objective === null ? [] : [words(trial.status)]),
      ...Object.entries(trial.parameters).map(([name, given]) => `${name} = ${parameter(given)}`)
    ].join('\n');
  }

  protected placeOfEvent(event: MouseEvent): Place {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** Paint again, with the same data. */
  protected repaint(): void {
    this.painter.request();
  }

  /** Paint again what lies on top. */
  protected repaintOver(): void {
    this.overPainter.request();
  }

  /** Paint what lies on top and follows the pointer, besides the picked trial. */
  protected paintOver?(context: CanvasRenderingContext2D, colors: Colors): void;

  private take(): void {
    if (this.known !== null) {
      const from = performance.now();
      this.prepare(this.known);
      this.cost.prepare = performance.now() - from;
      setAttribute(this.node, 'aria-label', this.summary(this.known));
      const nothing = this.nothing(this.known);
      this.empty.hidden = nothing === null;
      setText(this.empty, nothing ?? '');
      this.painter.request();
    }
  }

  private draw(): void {
    const from = performance.now();
    const size = this.extent();
    const context = this.canvas.getContext('2d');
    if (context && this.known !== null && size.width > 0 && size.height > 0) {
      fit(this.canvas, context, size);
      this.paint(context, size, colorsOf(this.node));
      this.drawOver();
      const now = performance.now();
      this.cost.paint = now - from;
      const { prepare, paint } = this.cost;
      this.rested = prepare + paint > CHEAP ? now + REST * (prepare + paint) : 0;
    }
  }

  private drawOver(): void {
    const size = this.extent();
    const context = this.overlay.getContext('2d');
    const trial = this.picked.hovered;
    const place = trial && this.placeOf(trial);
    if (context && size.width > 0 && size.height > 0) {
      fit(this.overlay, context, size);
      const colors = colorsOf(this.node);
      this.paintOver?.(context, colors);
      if (trial && place) {
        this.mark(context, trial, colors);
      }
    }
    this.tip.hidden = !(this.pointed && place);
    if (place && this.pointed) {
      const right = place.x > size.width / 2;
      this.tip.style.left = right ? '' : `${place.x + 10}px`;
      this.tip.style.right = right ? `${size.width - place.x + 10}px` : '';
      this.tip.style.top = `${Math.min(place.y, size.height / 2)}px`;
    }
  }

  private extent(): Size {
    return { width: this.node.clientWidth, height: this.node.clientHeight };
  }

  private pickedChanged(): void {
    this.pointed &&= this.picked.hovered !== null;
    if (this.picked.chosen === this.chosen) {
      this.overPainter.request();
    } else {
      this.chosen = this.picked.chosen;
      window.clearTimeout(this.timer);
      if (this.cost.paint > CHEAP) {
        // Somebody types: the next letter comes before this could be painted.
        this.timer = window.setTimeout(() => this.take(), TYPING);
      } else {
        this.take();
      }
    }
  }

  private pointer(event: PointerEvent): void {
    this.pick(this.nearest(this.placeOfEvent(event)), false);
  }

  private key(event: KeyboardEvent): void {
    const order = this.order();
    const last = order.length - 1;
    const hovered = this.picked.hovered;
    const at = hovered ? order.findIndex(trial => trial.name === hovered.name) : -1;
    const to: Partial<Record<string, number>> = {
      ArrowRight: Math.min(last, at + 1),
      ArrowLeft: at < 0 ? last : Math.max(0, at - 1),
      Home: 0,
      End: last
    };
    const target = to[event.key];
    if (target !== undefined && last >= 0) {
      event.preventDefault();
      event.stopPropagation();
      this.pick(order[target] ?? null, true);
    } else if (event.key === 'Escape') {
      this.pick(null, false);
    } else if (event.key === 'Enter') {
      event.stopPropagation();
      this.open();
    }
  }

  private open(): void {
    const trial = this.picked.hovered;
    if (trial && this.pointed) {
      this.onOpen?.(trial);
    }
  }

  private pick(trial: Trial | null, speak: boolean): void {
    this.pointed = trial !== null;
    const text = trial ? this.describe(trial) : '';
    setText(this.tip, text);
    setText(this.spoken, speak ? text : '');
    this.node.classList.toggle('jp-sm-canOpen', trial !== null && this.onOpen !== null);
    this.picked.point(trial);
  }
}

/** Make a canvas as large as its place, sharp on every screen, and empty. */
export function fit(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, size: Size): void {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  // Setting a size clears the canvas and its transformation, and costs a new bitmap when it differs.
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
}
