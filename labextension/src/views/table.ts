/** A table that keeps only the rows in sight in the document, so that 10,000 rows cost what 30 do. */

import { h, Painter, setAttribute, setText } from './dom';
import { Sorting } from './trials';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** Width in CSS pixels. */
  readonly width: number;
  readonly align?: 'right';
  /** Fill a cell; it may hold what an earlier row left. */
  fill(cell: HTMLElement, row: Row): void;
}

export interface TableOptions<Row> {
  readonly label: string;
  readonly rowId: (row: Row) => string;
  readonly onSort: (sorting: Sorting) => void;
  readonly onOpen: ((row: Row) => void) | null;
  /** Told which row the pointer or the focus is on. */
  readonly onPoint?: (row: Row | null) => void;
}

const ROW = 26; // CSS pixels; the style sheet's --sm-row
const SPARE = 6;

export class WindowedTable<Row> {
  readonly node: HTMLElement;
  private readonly table = h('table');
  private readonly columnsNode = h('colgroup');
  private readonly head = h('tr', { 'aria-rowindex': 1 });
  private readonly body = h('tbody');
  private readonly above = h('tr', { class: 'jp-sm-spacer', 'aria-hidden': 'true' }, h('td'));
  private readonly below = h('tr', { class: 'jp-sm-spacer', 'aria-hidden': 'true' }, h('td'));
  private readonly painter = new Painter(() => this.draw());
  private readonly resized: ResizeObserver | null;
  private columns: readonly Column<Row>[] = [];
  private rows: readonly Row[] = [];
  private drawn: HTMLTableRowElement[] = [];
  private active = 0;
  private marked: string | null = null;
  private pointed: string | null = null;
  private opened: string | null = null;

  constructor(private readonly options: TableOptions<Row>) {
    this.table.append(this.columnsNode, h('thead', {}, this.head), this.body);
    setAttribute(this.table, 'aria-label', options.label);
    this.body.append(this.above, this.below);
    this.node = h('div', { class: 'jp-sm-table' }, this.table);
    this.node.addEventListener('scroll', () => this.painter.request(), { passive: true });
    this.body.addEventListener('keydown', event => this.key(event));
    this.body.addEventListener('click', event => this.click(event));
    for (const event of ['pointerover', 'focusin']) {
      this.body.addEventListener(event, ({ target }) => this.tellPointed(target));
    }
    for (const event of ['pointerleave', 'focusout']) {
      this.body.addEventListener(event, () => this.tellPointed(null));
    }
    this.resized = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => this.painter.request());
    this.resized?.observe(this.node);
  }

  /** Set the columns; cheap if they are the same as before. */
  setColumns(columns: readonly Column<Row>[], sorting: Sorting): void {
    const same = columns.map(column => column.id).join('\n') === this.columns.map(column => column.id).join('\n');
    this.columns = columns;
    if (!same) {
      this.columnsNode.replaceChildren(...columns.map(column => h('col', { style: `width:${column.width}px` })));
      this.head.replaceChildren(...columns.map(column => this.headCell(column)));
      this.table.style.minWidth = `${columns.reduce((sum, column) => sum + column.width, 0)}px`;
      this.drawn.forEach(row => row.remove());
      this.drawn = [];
      for (const spacer of [this.above, this.below]) {
        (spacer.firstElementChild as HTMLTableCellElement).colSpan = columns.length;
      }
    }
    columns.forEach((column, index) => {
      const cell = this.head.children[index];
      const sorted = column.id === sorting.column;
      if (cell) {
        setAttribute(cell, 'aria-sort', sorted ? (sorting.descending ? 'descending' : 'ascending') : null);
        const button = cell.querySelector('button');
        if (button) {
          button.onclick = () =>
            this.options.onSort({ column: column.id, descending: sorted ? !sorting.descending : false });
        }
      }
    });
    this.painter.request();
  }

  setRows(rows: readonly Row[], marked: string | null): void {
    this.rows = rows;
    this.marked = marked;
    setAttribute(this.table, 'aria-rowcount', rows.length + 1);
    this.painter.request();
  }

  /** Mark the row that is pointed at elsewhere; the table does not scroll to it. */
  point(id: string | null): void {
    if (id !== this.pointed) {
      this.pointed = id;
      this.drawn.forEach(node => this.markRow(node));
    }
  }

  /** Mark the row that is opened. */
  setOpened(id: string | null): void {
    if (id !== this.opened) {
      this.opened = id;
      this.drawn.forEach(node => this.markRow(node));
    }
  }

  /** Draw the rows in sight again. */
  redraw(): void {
    this.painter.request();
  }

  /** Put the focus on a row, if it is there. */
  focusRow(id: string): void {
    const index = this.rows.findIndex(row => this.options.rowId(row) === id);
    if (index >= 0) {
      this.activate(index);
    }
  }

  dispose(): void {
    this.painter.dispose();
    this.resized?.disconnect();
  }

  private headCell(column: Column<Row>): HTMLTableCellElement {
    return h(
      'th',
      { scope: 'col', class: column.align === 'right' ? 'jp-sm-right' : null },
      h('button', { type: 'button', class: 'jp-sm-bare', title: column.title }, h('span', {}, column.title))
    );
  }

  private draw(): void {
    const height = this.node.clientHeight;
    const first = Math.max(0, Math.min(Math.floor(this.node.scrollTop / ROW) - SPARE, this.rows.length - 1));
    const end = Math.min(this.rows.length, first + Math.ceil(height / ROW) + 2 * SPARE);
    this.active = Math.min(this.active, Math.max(0, this.rows.length - 1));
    // Focus must not be lost when the row that has it scrolls out of sight.
    const focused = this.body.contains(document.activeElement);
    while (this.drawn.length < end - first) {
      const row = h('tr', {}, ...this.columns.map(column => h('td', { class: column.align && 'jp-sm-right' })));
      this.body.insertBefore(row, this.below);
      this.drawn.push(row);
    }
    while (this.drawn.length > end - first) {
      this.drawn.pop()?.remove();
    }
    this.spacer(this.above, first);
    this.spacer(this.below, this.rows.length - end);
    this.drawn.forEach((node, offset) => this.drawRow(node, first + offset));
    if (focused && !this.body.contains(document.activeElement)) {
      this.drawn[0]?.focus({ preventScroll: true });
    }
  }

  private drawRow(node: HTMLTableRowElement, index: number): void {
    const row = this.rows[index];
    if (row === undefined) {
      return;
    }
    node.dataset.index = String(index);
    setAttribute(node, 'aria-rowindex', index + 2);
    setAttribute(node, 'tabindex', index === this.active ? 0 : -1);
    node.classList.toggle('jp-sm-canOpen', this.options.onOpen !== null);
    this.markRow(node);
    this.columns.forEach((column, at) => {
      const cell = node.children[at];
      if (cell instanceof HTMLElement) {
        column.fill(cell, row);
      }
    });
  }

  private markRow(node: HTMLTableRowElement): void {
    const row = this.rows[Number(node.dataset.index)];
    const id = row === undefined ? null : this.options.rowId(row);
    node.classList.toggle('jp-sm-marked', id !== null && id === this.marked);
    node.classList.toggle('jp-sm-pointed', id !== null && id === this.pointed);
    setAttribute(node, 'aria-current', id !== null && id === this.opened ? 'true' : null);
  }

  private tellPointed(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest('tr') : null;
    const index = row?.dataset.index;
    this.options.onPoint?.(index === undefined ? null : (this.rows[Number(index)] ?? null));
  }

  private spacer(node: HTMLElement, rows: number): void {
    node.hidden = rows <= 0;
    node.style.height = `${Math.max(0, rows) * ROW}px`;
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW) - 2);
    const moves: Partial<Record<string, number>> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.rows.length - 1
    };
    const target = moves[event.key];
    if (target !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      this.activate(Math.max(0, Math.min(this.rows.length - 1, target)));
    } else if (event.key === 'Enter') {
      event.stopPropagation();
      this.open(this.active);
    }
  }

  private activate(index: number): void {
    this.active = index;
    const visible = this.node.clientHeight - 2 * ROW;
    const top = index * ROW;
    if (top < this.node.scrollTop) {
      this.node.scrollTop = top;
    } else if (top > this.node.scrollTop + visible) {
      this.node.scrollTop = top - visible;
    }
    this.draw();
    this.drawn.find(row => row.dataset.index === String(index))?.focus({ preventScroll: true });
  }

  private click(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest('tr') : null;
    const selecting = (document.getSelection()?.toString() ?? '') !== '';
    if (row?.dataset.index !== undefined && !selecting) {
      this.active = Number(row.dataset.index);
      this.open(this.active);
      this.painter.request();
    }
  }

  private open(index: number): void {
    const row = this.rows[index];
    if (row !== undefined) {
      this.options.onOpen?.(row);
    }
  }
}

/** Put text into a cell, whole in its tooltip if it may be cut. */
export function fillText(cell: HTMLElement, text: string, title?: string): void {
  setText(cell, text);
  setAttribute(cell, 'title', title ?? null);
}
