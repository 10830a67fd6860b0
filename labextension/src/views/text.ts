/** How numbers, times and statuses are written. */

/** The part of JupyterLab's translation bundle that the views use. */
export interface Translate {
  __(text: string, ...values: (string | number)[]): string;
  _n(one: string, many: string, count: number, ...values: (string | number)[]): string;
}

/** Fill %1, %2, ... */
function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/%(\d)/g, (all, index: string) => String(values[Number(index) - 1] ?? all));
}

/** Used where JupyterLab's translations are not at hand. */
export const english: Translate = {
  __: (text, ...values) => fill(text, values),
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, [count, ...values])
};

/** Seconds as people say them, in two units at most. */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const units: [number, string][] = [
    [Math.floor(total / 86400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'm'],
    [total % 60, 's']
  ];
  const first = units.findIndex(([count]) => count > 0);
  if (first < 0) {
    return seconds > 0 ? '< 1 s' : '0 s';
  }
  return units
    .slice(first, first + 2)
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A number in few digits, never losing its order of magnitude. */
export function number(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return value.toExponential(3).replace(/\.?0+e/, 'e');
  }
  return String(Number(value.toPrecision(5)));
}

/** A number for a column: all with the same digits, so that they can be compared by eye. */
export function aligned(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size < 1e-3 || size >= 1e5) {
    return number(value);
  }
  return size < 1 ? value.toFixed(5) : value.toPrecision(6);
}

/** A count with the thousands set apart. */
export function count(value: number): string {
  return value.toLocaleString();
}

/** A size in the units that people use for files. */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let left = size;
  while (left >= 999.5 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? left : Number(left.toPrecision(3))} ${units[unit]}`;
}

/** An amount of money; small ones keep the digits that count. */
export function money(amount: number, currency: string): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: amount < 1 ? 4 : 2 };
  return /^[A-Z]{3}$/.test(currency)
    ? amount.toLocaleString(undefined, { ...digits, style: 'currency', currency })
    : `${amount.toLocaleString(undefined, digits)} ${currency}`;
}

/** A hyperparameter's value: long decimals are cut, everything else is as it was given. */
export function parameter(value: string): string {
  const bare = /^"(.*)"$/.exec(value)?.[1] ?? value;
  return /^-?\d*\.?\d+(e[-+]?\d+)?$/i.test(bare) && bare.length > 7 ? number(Number(bare)) : bare;
}

export function clock(epoch: number): string {
  return new Date(epoch * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}
