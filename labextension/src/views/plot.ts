/** The objective of each trial with the best-so-far line, for eye, pointer, keyboard and screen reader. */

import { h, Painter, setAttribute, setText } from './dom';
import { colorsOf, Drawing, PlotData } from './drawing';
import { number, Translate, words } from './text';
import { bestSoFar, Trial } from './trials';

const REACH = 16; // CSS pixels around the pointer in which a trial is found

export class ObjectivePlot {
  readonly node: HTMLElement;
  private readonly canvas = h('canvas', { 'aria-hidden': 'true' });
  private readonly tip = h('div', { class: 'jp-sm-tip', 'aria-hidden': 'true', hidden: true });
  private readonly spoken = h('div', { class: 'jp-sm-unseen', 'aria-live': 'polite' });
  private readonly empty = h('div', { class: 'jp-sm-plotEmpty' });
  private readonly painter = new Painter(() => this.draw());
  private readonly resized: ResizeObserver | null;
  private readonly themed: MutationObserver;
  private data: PlotData = { trials: [], best: null, minimize: false, metric: '', maximum: null, running: false };
  private shown: Trial[] = [];
  private bests: (number | null)[] = [];
  private drawing: Drawing | null = null;
  private focus = -1;

  constructor(
    private readonly trans: Translate,
    private readonly onOpen: ((trial: Trial) => void) | null
  ) {
    this.node = h(
      'div',
      { class: 'jp-sm-plot', role: 'group', 'aria-roledescription': trans.__('chart'), tabindex: 0 },
      this.canvas,
      this.empty,
      this.tip,
      this.spoken
    );
    this.node.addEventListener('pointermove', event => this.point(event));
    this.node.addEventListener('pointerleave', () => this.select(-1, false));
    this.node.addEventListener('blur', () => this.select(-1, false));
    this.node.addEventListener('keydown', event => this.key(event));
    this.node.addEventListener('click', () => this.open());
    this.resized = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => this.painter.request());
    this.resized?.observe(this.node);
    this.themed = new MutationObserver(() => this.painter.request());
    this.themed.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'class', 'style'] });
  }

  update(data: PlotData): void {
    this.data = data;
    this.shown = data.trials.filter(trial => trial.objective !== null && Number.isFinite(trial.objective));
    this.bests = bestSoFar(this.shown, data.minimize);
    if (this.focus >= this.shown.length) {
      this.select(-1, false);
    }
    setAttribute(this.node, 'aria-label', this.summary());
    this.empty.hidden = this.shown.length > 0;
    setText(
      this.empty,
      data.running
        ? this.trans.__('The objective of each trial appears here when the first one has finished.')
        : this.trans.__('No trial reported an objective.')
    );
    this.painter.request();
  }

  dispose(): void {
    this.painter.dispose();
    this.resized?.disconnect();
    this.themed.disconnect();
  }

  /** What the plot shows, in words. */
  private summary(): string {
    const { best, metric, minimize } = this.data;
    const shown = this.trans._n('Objective %2 of %1 trial.', 'Objective %2 of %1 trials.', this.shown.length, metric);
    if (best?.objective === null || best === null) {
      return shown;
    }
    const aim = minimize ? this.trans.__('lowest') : this.trans.__('highest');
    return `${shown} ${this.trans.__('Best (%1): %2, trial %3.', aim, number(best.objective), best.number)}`;
  }

  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.node;
    const context = this.canvas.getContext('2d');
    if (!context || width === 0 || height === 0) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    this.drawing = new Drawing(context, { width, height }, this.data, this.shown, colorsOf(this.node));
    this.drawing.paint(this.bests, this.shown[this.focus] ?? null);
    this.place();
  }

  private point(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const { drawing } = this;
    let nearest = -1;
    let distance = REACH * REACH;
    this.shown.forEach((trial, index) => {
      const dx = drawing ? drawing.px(trial.number) - x : Infinity;
      if (drawing && Math.abs(dx) <= REACH) {
        const dy = drawing.py(trial.objective ?? 0) - y;
        const found = dx * dx + dy * dy;
        if (found < distance) {
          nearest = index;
          distance = found;
        }
      }
    });
    this.select(nearest, false);
  }

  private key(event: KeyboardEvent): void {
    const last = this.shown.length - 1;
    const to: Partial<Record<string, number>> = {
      ArrowRight: Math.min(last, this.focus + 1),
      ArrowLeft: this.focus < 0 ? last : Math.max(0, this.focus - 1),
      Home: 0,
      End: last
    };
    const target = to[event.key];
    if (target !== undefined && last >= 0) {
      event.preventDefault();
      this.select(target, true);
    } else if (event.key === 'Escape') {
      this.select(-1, false);
    } else if (event.key === 'Enter') {
      this.open();
    }
  }

  private open(): void {
    const trial = this.shown[this.focus];
    if (trial) {
      this.onOpen?.(trial);
    }
  }

  private select(index: number, speak: boolean): void {
    if (index !== this.focus) {
      this.focus = index;
      const trial = this.shown[index];
      const text = trial ? this.describe(trial) : '';
      setText(this.tip, text);
      setText(this.spoken, speak ? text : '');
      this.node.classList.toggle('jp-sm-canOpen', !!trial && this.onOpen !== null);
      this.painter.request();
    }
  }

  private describe(trial: Trial): string {
    return [
      this.trans.__('Trial %1: %2', trial.number, number(trial.objective ?? Number.NaN)),
      ...(trial.status === 'Completed' ? [] : [words(trial.status)]),
      ...Object.entries(trial.parameters).map(([name, value]) => `${name} = ${value}`)
    ].join('\n');
  }

  private place(): void {
    const { drawing } = this;
    const trial = this.shown[this.focus];
    this.tip.hidden = !trial;
    if (trial && drawing) {
      const { width, height } = drawing.size;
      const x = drawing.px(trial.number);
      const right = x > width / 2;
      this.tip.style.left = right ? '' : `${x + 10}px`;
      this.tip.style.right = right ? `${width - x + 10}px` : '';
      this.tip.style.top = `${Math.min(drawing.py(trial.objective ?? 0), height / 2)}px`;
    }
  }
}
