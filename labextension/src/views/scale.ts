/** Axes: ranges, ticks and their words. */

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Round steps of 1, 2 or 5 that lie inside the range. */
export function ticks(range: Range, wanted: number): number[] {
  const span = range.high - range.low;
  if (!(span > 0) || wanted < 1) {
    return [range.low];
  }
  const raw = span / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const fit = (step: number): number => Math.abs(Math.log(step / raw));
  const step = [1, 2, 5, 10].map(factor => factor * power).reduce((a, b) => (fit(b) < fit(a) ? b : a));
  const first = Math.ceil(range.low / step - 1e-9);
  const last = Math.floor(range.high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Ticks for counting: whole numbers only. */
export function countTicks(range: Range, wanted: number): number[] {
  const whole = ticks(range, wanted).filter(Number.isInteger);
  return whole.length > 1 ? whole : [Math.ceil(range.low), Math.floor(range.high)];
}

/** All ticks of an axis with the same number of decimals. */
export function tickLabels(values: readonly number[]): string[] {
  const largest = Math.max(...values.map(Math.abs));
  if (largest !== 0 && (largest < 1e-3 || largest >= 1e6)) {
    return values.map(value => (value === 0 ? '0' : value.toExponential(1).replace('.0e', 'e')));
  }
  const decimals = Math.max(...values.map(value => (String(value).split('.')[1] ?? '').length));
  return values.map(value => value.toFixed(Math.min(decimals, 6)));
}

/**
 * The range of objectives worth drawing: one diverged trial must not flatten all others.
 *
 * The good end is always inside; the bad end is cut at three interquartile ranges beyond the quartile.
 */
export function objectiveRange(values: readonly number[], minimize: boolean): Range {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  let low = sorted[0] ?? 0;
  let high = sorted[sorted.length - 1] ?? 1;
  if (sorted.length >= 8) {
    const first = sorted[Math.floor(sorted.length / 4)] ?? low;
    const third = sorted[Math.floor((sorted.length * 3) / 4)] ?? high;
    const reach = 3 * (third - first);
    if (reach > 0 && minimize) {
      high = Math.min(high, third + reach);
    } else if (reach > 0) {
      low = Math.max(low, first - reach);
    }
  }
  const padding = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.1 || 0.5;
  return { low: low - padding, high: high + padding };
}
