/** Searches that teach how to write one, with what the jobs here have where they have it. */

import type { SearchWord } from '../model';
import type { Translate } from '../views/text';
import type { Kind } from './wanted';

export interface Example {
  readonly text: string;
  readonly meaning: string;
}

export function examplesFor(trans: Translate, kind: Kind, words: readonly SearchWord[]): readonly Example[] {
  const metric = words.find(({ name }) => name.startsWith('Metrics.'));
  // What the SageMaker SDK adds is of no interest to anybody.
  const parameter = words.find(
    ({ name, values }) => /^HyperParameters\.(?!sagemaker_)/.test(name) && values.length > 0
  );
  const tag = words.find(({ name, values }) => name.startsWith('Tags.') && values.length > 0);
  const common: readonly Example[] = [
    { text: 'status = failed', meaning: trans.__('What failed') },
    { text: 'name ~ digits', meaning: trans.__('A part of the name') },
    { text: `created > ${lastWeek()}`, meaning: trans.__('Since last week') },
    {
      text: tag ? `${tag.name} = ${tag.values[0]}` : 'Tags.team = red',
      meaning: trans.__('A tag')
    }
  ];
  if (kind === 'tuning') {
    return [
      ...common,
      {
        text: 'HyperParameterTuningJobConfig.Strategy = Bayesian and status = completed',
        meaning: trans.__('How it looked for the best, and how it ended')
      }
    ];
  }
  return [
    {
      text: metric ? `${metric.name} > ${middle(metric.values)}` : 'Metrics.loss < 0.2',
      meaning: trans.__('The last value of a metric')
    },
    {
      text: parameter ? listOf(parameter) : 'HyperParameters.opt in (adam, sgd)',
      meaning: trans.__('Any of some hyperparameters')
    },
    ...common,
    {
      text: 'ResourceConfig.InstanceType ~ trn1 and (status = completed or FailureReason exists)',
      meaning: trans.__('All members of AWS, joined by and, or and parentheses')
    }
  ];
}

function listOf({ name, values }: SearchWord): string {
  return `${name} in (${values.slice(0, 2).join(', ')})`;
}

/** A value that some jobs exceed and some do not. */
function middle(values: readonly string[]): string {
  const sorted = values.map(Number).sort((a, b) => a - b);
  return String(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0);
}

function lastWeek(): string {
  return new Date(Date.now() - 7 * 24 * 3600 * 1000).toISOString().slice(0, 10);
}
