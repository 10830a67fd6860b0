/** How a type's figures are written, in the table and in the line of what is chosen. */

import type { Translate } from '../views/text';
import type { InstanceType, Row } from './rows';

export function gibibytes(value: number | null): string {
  return value === null ? '–' : `${value.toLocaleString(undefined, { maximumFractionDigits: 1 })} GiB`;
}

export function acceleratorText({ accelerator }: InstanceType): string {
  if (!accelerator) {
    return '';
  }
  const { count, name, kind, memory_gib } = accelerator;
  const named = name.toLowerCase().startsWith(kind.toLowerCase()) ? name : `${kind} ${name}`;
  return `${count} × ${named} (${gibibytes(memory_gib)})`;
}

/** An hour's price; empty if nobody told. */
export function priceText(price: number | null, currency: string): string {
  if (price === null) {
    return '';
  }
  const written = { minimumFractionDigits: 2, maximumFractionDigits: 4 };
  return /^[A-Z]{3}$/.test(currency)
    ? price.toLocaleString(undefined, { ...written, style: 'currency', currency })
    : price.toLocaleString(undefined, written);
}

/** The specification in one line. */
export function specification(trans: Translate, row: InstanceType): string {
  if (!row.known) {
    return trans.__('specification unknown');
  }
  return [
    row.vcpus !== null && trans.__('%1 vCPU', row.vcpus),
    row.memory_gib !== null && gibibytes(row.memory_gib),
    acceleratorText(row)
  ]
    .filter(Boolean)
    .join(' · ');
}

/** All that is known, as it is read aloud. */
export function spoken(trans: Translate, row: Row, currency: string, note: string): string {
  const price = priceText(row.price, currency);
  return [row.name, specification(trans, row), price && trans.__('%1 per hour', price), note]
    .filter(Boolean)
    .join(', ');
}
