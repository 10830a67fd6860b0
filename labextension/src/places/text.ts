/** The words of status bar and Running panel. */

import type { Overview, RunningThing } from '../model';
import { NO_EXTENSION } from '../request';
import type { Translate } from '../views/text';
import { words } from '../views/status';
import type { Glance } from './glances';

export interface StatusText {
  readonly text: string;
  /** What is said to who asks more. */
  readonly title: string;
  readonly tone: 'idle' | 'busy' | 'bad';
}

/** What the status bar says; null: nothing, for there is no SageMaker here. */
export function statusText(trans: Translate, { overview, problem }: Glance): StatusText | null {
  if (problem?.code === NO_EXTENSION || (!overview && !problem)) {
    return null;
  }
  const press = trans.__('Click to open the SageMaker panel.');
  const said = (text: string, tone: StatusText['tone'], ...lines: (string | null)[]): StatusText => ({
    text: `SageMaker: ${text}`,
    title: [overview?.label ?? 'SageMaker', ...lines, press].filter(Boolean).join('\n'),
    tone
  });
  if (problem || !overview) {
    return said(trans.__('no answer'), 'bad', problem?.message ?? null);
  }
  const place = overview.kind === 'local' ? trans.__('local') : null;
  if (overview.state === 'credentials') {
    return said(trans.__('no valid credentials'), 'bad', overview.message);
  }
  if (overview.state === 'unreachable') {
    return said([place, trans.__('not reachable')].filter(Boolean).join(', '), 'bad', overview.message);
  }
  const { running } = overview;
  if (running.length === 0) {
    // What cannot be listed may run all the same.
    return said(place ?? trans.__('AWS'), 'idle', overview.message ?? trans.__('Nothing is running.'));
  }
  const lines = running.map(thing => {
    const price = thing.per_hour === null || !overview.cost ? '' : perHour(thing.per_hour, overview.cost.currency);
    return [name(trans, thing), status(thing), price].filter(Boolean).join(', ');
  });
  const counts = countsOf(trans, overview);
  const local = place && trans.__('%1, %2 running', place, counts);
  return said(local ?? counts, 'busy', ...lines, overview.cost ? null : overview.cost_message, overview.message);
}

function countsOf(trans: Translate, { running, cost }: Overview): string {
  const apps = running.filter(({ kind }) => kind === 'apps').length;
  const jobs = running.length - apps;
  const price = cost && perHour(cost.per_hour, cost.currency);
  return [
    apps > 0 && trans._n('%1 app', '%1 apps', apps),
    price !== null && (cost?.complete ? price : trans.__('at least %1', price)),
    jobs > 0 && trans._n('%1 job', '%1 jobs', jobs)
  ]
    .filter(Boolean)
    .join(', ');
}

function perHour(price: number, currency: string): string {
  const written = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return /^[A-Z]{3}$/.test(currency)
    ? `${price.toLocaleString(undefined, { ...written, style: 'currency', currency })}/h`
    : `${price.toLocaleString(undefined, written)} ${currency}/h`;
}

/** What is running, by the name that people gave. */
export function name(trans: Translate, thing: Pick<RunningThing, 'kind' | 'name' | 'owner'>): string {
  switch (thing.kind) {
    case 'apps':
      return thing.owner === null
        ? trans.__('App %1', thing.name)
        : thing.name === 'default'
          ? thing.owner
          : trans.__('%1 of %2', thing.name, thing.owner);
    case 'training-jobs':
      return trans.__('Training job %1', thing.name);
    case 'tuning-jobs':
      return trans.__('Tuning job %1', thing.name);
    case 'compilation-jobs':
      return trans.__('Compilation job %1', thing.name);
    case 'spaces':
      return trans.__('Space %1', thing.name);
    case 'user-profiles':
      return trans.__('User profile %1', thing.name);
    case 'domains':
      return trans.__('Domain %1', thing.name);
    default:
      return thing.name;
  }
}

/** The one plain status of what runs: that of an app comes in words, that of a job as AWS has it. */
export function status(thing: Pick<RunningThing, 'kind' | 'text' | 'app_type'>): string {
  return thing.kind === 'apps' ? [thing.app_type, thing.text].filter(Boolean).join(', ') : words(thing.text);
}
