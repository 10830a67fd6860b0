/** The axis of a hyperparameter: where a value lies between the ends of its range, and what stands beside it. */

import type { Parameter } from '../parameters';
import { type Range, tickLabels, ticks } from '../scale';
import { number } from '../text';

interface Tick {
  /** 0 at the low end, 1 at the high end. */
  readonly at: number;
  readonly label: string;
}

export interface Axis {
  readonly name: string;
  /** Where a value lies; null if it is none of this axis. */
  at(value: string): number | null;
  /** At most so many ticks. */
  ticks(most: number): Tick[];
}

const DECADES = 100; // from so wide a range on, the service's Auto and our axes are logarithmic

/** The axis of a hyperparameter; `seen` are values that trials had, which may lie beyond the range (warm start). */
export function axisOf(parameter: Parameter, seen: Iterable<string>): Axis {
  if (parameter.kind === 'categorical') {
    return categories(parameter.name, [...new Set([...parameter.values, ...seen])]);
  }
  const values = [...seen].map(bare).filter(Number.isFinite);
  const low = values.reduce((a, b) => Math.min(a, b), parameter.low);
  const high = values.reduce((a, b) => Math.max(a, b), parameter.high);
  const wide = low > 0 && high / low >= DECADES;
  if (low > 0 && (parameter.scaling === 'Logarithmic' || (parameter.scaling === 'Auto' && wide))) {
    return logarithmic(parameter.name, { low, high });
  }
  return linear(parameter.name, { low, high });
}

/** The axis of an objective; values beyond the range lie at its end. */
export function objectiveAxis(name: string, range: Range): Axis {
  return linear(name, range);
}

/** A number as the SDK writes hyperparameters: bare, or in quotes. */
function bare(value: string): number {
  const text = value.startsWith('"') ? value.replace(/^"(.*)"$/, '$1').trim() : value.trim();
  return text === '' ? Number.NaN : Number(text);
}

function linear(name: string, { low, high }: Range): Axis {
  const span = high - low;
  const at = (value: number): number => (span > 0 ? Math.min(1, Math.max(0, (value - low) / span)) : 0.5);
  return {
    name,
    at: text => finite(bare(text), at),
    ticks: most => {
      const values = ticks({ low, high }, most);
      const labels = tickLabels(values);
      return values.map((value, index) => ({ at: at(value), label: labels[index] ?? '' }));
    }
  };
}

function logarithmic(name: string, { low, high }: Range): Axis {
  const span = Math.log(high / low);
  const at = (value: number): number => (span > 0 ? Math.min(1, Math.max(0, Math.log(value / low) / span)) : 0.5);
  return {
    name,
    at: text => finite(bare(text), value => (value > 0 ? at(value) : 0)),
    ticks: most => {
      const first = Math.ceil(Math.log10(low) - 1e-9);
      const last = Math.floor(Math.log10(high) + 1e-9);
      const step = Math.max(1, Math.ceil((last - first + 1) / Math.max(1, most)));
      const powers: number[] = [];
      for (let power = first; power <= last; power += step) {
        powers.push(10 ** power);
      }
      // Between two powers of ten, the ends say more than nothing.
      const values = powers.length > 1 ? powers : [low, high];
      return values.map(value => ({ at: at(value), label: number(Number(value.toPrecision(3))) }));
    }
  };
}

function categories(name: string, values: readonly string[]): Axis {
  const places = new Map(values.map((value, index) => [value, (index + 0.5) / values.length]));
  return {
    name,
    at: value => places.get(value) ?? null,
    ticks: most => {
      const step = Math.max(1, Math.ceil(values.length / Math.max(1, most)));
      return values
        .filter((_, index) => index % step === 0)
        .map(value => ({ at: places.get(value) ?? 0, label: value.replace(/^"(.*)"$/, '$1') }));
    }
  };
}

function finite(value: number, at: (value: number) => number): number | null {
  return Number.isFinite(value) ? at(value) : null;
}
