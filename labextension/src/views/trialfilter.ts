/** Which trials a line of text is about: words that occur in them, and comparisons such as `lr<0.01 status=failed`. */

import { type Trial, trialSeconds } from './trials';

export interface TrialFilter {
  /** Columns that are compared with but are not there. */
  readonly unknown: readonly string[];
  passes(trial: Trial): boolean;
}

/** What a comparison may name besides hyperparameters. */
export interface FilterNames {
  /** Name of the objective's metric, which `objective` stands for too. */
  readonly metric: string;
  readonly parameters: readonly string[];
  /** Epoch seconds, up to which trials that run have run. */
  readonly now: number;
}

type Value = string | number | null;
type Test = (trial: Trial) => boolean;

const COMPARISON = /^([^<>=!~"]+)(<=|>=|!=|=|<|>|~)(.*)$/;

/** A line in words; a quoted part is one word, and spaces around an operator do not count. */
export function wordsOf(text: string): string[] {
  const joined = text.replace(/\s*(<=|>=|!=|=|<|>|~)\s*/g, '$1');
  return [...joined.matchAll(/(?:[^\s"]+|"[^"]*"?)+/g)].map(([word]) => word);
}

/** The filter that a line of text stands for; null if it lets everything pass. */
export function trialFilter(text: string, names: FilterNames): TrialFilter | null {
  const unknown: string[] = [];
  const tests = wordsOf(text).map((word): Test => {
    const [, name = '', operator = '', wanted = ''] = COMPARISON.exec(word) ?? [];
    if (operator === '') {
      const part = bare(word).toLowerCase();
      return trial => wordsIn(trial).some(value => value.toLowerCase().includes(part));
    }
    const value = valueOf(name, names);
    if (value === null) {
      unknown.push(name);
      return () => true;
    }
    return comparison(value, operator, bare(wanted));
  });
  return tests.length === 0 ? null : { unknown, passes: trial => tests.every(test => test(trial)) };
}

function wordsIn(trial: Trial): string[] {
  const { name, status, reason, parameters } = trial;
  return [name, status, ...(reason === null ? [] : [reason]), ...Object.values(parameters)];
}

/** How to look up a column in a trial; null if there is no such column. */
function valueOf(name: string, { metric, parameters, now }: FilterNames): ((trial: Trial) => Value) | null {
  const lower = name.toLowerCase();
  const parameter = parameters.find(each => each === name) ?? parameters.find(each => each.toLowerCase() === lower);
  if (parameter !== undefined) {
    return trial => trial.parameters[parameter] ?? null;
  }
  if (lower === metric.toLowerCase()) {
    return trial => trial.objective;
  }
  const own: Partial<Record<string, (trial: Trial) => Value>> = {
    trial: trial => trial.number,
    number: trial => trial.number,
    name: trial => trial.name,
    status: trial => trial.status,
    objective: trial => trial.objective,
    time: trial => trialSeconds(trial, now),
    reason: trial => trial.reason
  };
  return own[lower] ?? null;
}

function comparison(value: (trial: Trial) => Value, operator: string, wanted: string): Test {
  const number = numeric(wanted);
  const word = plain(wanted);
  const equal = (found: string | number): boolean =>
    number === null || numeric(found) === null ? plain(String(found)) === word : numeric(found) === number;
  const order = (holds: (found: number, than: number) => boolean): Test => {
    return trial => {
      const found = numeric(value(trial));
      return found !== null && number !== null && holds(found, number);
    };
  };
  switch (operator) {
    case '<':
      return order((found, than) => found < than);
    case '<=':
      return order((found, than) => found <= than);
    case '>':
      return order((found, than) => found > than);
    case '>=':
      return order((found, than) => found >= than);
    default: {
      // What has no value is not equal to anything, and that is what "is not" asks for.
      const differs = operator === '!=';
      const holds = operator === '~' ? (found: string | number): boolean => plain(String(found)).includes(word) : equal;
      return trial => {
        const found = value(trial);
        return differs ? found === null || !equal(found) : found !== null && holds(found);
      };
    }
  }
}

function bare(text: string): string {
  return text.replaceAll('"', '');
}

/** `In progress`, `inprogress` and `InProgress` are the same. */
function plain(text: string): string {
  return bare(text).replaceAll(/[\s_]/g, '').toLowerCase();
}

function numeric(value: Value): number | null {
  const text = typeof value === 'string' ? bare(value).trim() : value;
  const parsed = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isNaN(parsed) ? null : parsed;
}
