/** Learning curves as figures: what the plots show, for who cannot see them, and for who wants the numbers. */

import { h } from '../dom';
import { count, number, type Translate } from '../text';

/** A curve in a few figures. */
export interface CurveFigures {
  readonly name: string;
  readonly values: number;
  readonly first: number;
  readonly lowest: number;
  readonly highest: number;
  readonly last: number;
}

/** Null of a curve without points. */
export function curveFigures(name: string, points: readonly (readonly [number, number])[]): CurveFigures | null {
  const values = points.map(([, value]) => value);
  const [first] = values;
  const last = values[values.length - 1];
  if (first === undefined || last === undefined) {
    return null;
  }
  // Not spread into Math.min: a long curve has more values than a call may have arguments.
  const lowest = values.reduce((a, b) => Math.min(a, b));
  const highest = values.reduce((a, b) => Math.max(a, b));
  return { name, values: values.length, first, lowest, highest, last };
}

export class CurveTable {
  readonly node: HTMLDetailsElement;
  private readonly body = h('tbody');
  private shown = '';

  constructor(trans: Translate) {
    const heads = [
      trans.__('Metric'),
      trans.__('Values'),
      trans.__('First'),
      trans.__('Lowest'),
      trans.__('Highest'),
      trans.__('Last')
    ];
    this.node = h(
      'details',
      { class: 'jp-sm-curveTable' },
      h('summary', {}, trans.__('As a table')),
      h(
        'table',
        { 'aria-label': trans.__('Learning curves') },
        h('thead', {}, h('tr', {}, ...heads.map(head => h('th', { scope: 'col' }, head)))),
        this.body
      )
    );
  }

  update(curves: readonly CurveFigures[]): void {
    const key = JSON.stringify(curves);
    if (this.shown !== key) {
      this.shown = key;
      this.body.replaceChildren(
        ...curves.map(({ name, values, first, lowest, highest, last }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, name),
            h('td', {}, count(values)),
            ...[first, lowest, highest, last].map(value => h('td', {}, number(value)))
          )
        )
      );
    }
  }
}
