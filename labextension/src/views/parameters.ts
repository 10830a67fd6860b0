/** The tuned hyperparameters of a job: what they may be, and how their axes are scaled. */

import type { TuningJob } from '../model';
import type { Trial } from './trials';

interface NumericParameter {
  readonly name: string;
  readonly kind: 'continuous' | 'integer';
  readonly low: number;
  readonly high: number;
  /** As the job's ScalingType has it; Auto is what the service does by itself. */
  readonly scaling: 'Auto' | 'Linear' | 'Logarithmic' | 'ReverseLogarithmic';
}

interface CategoricalParameter {
  readonly name: string;
  readonly kind: 'categorical';
  readonly values: readonly string[];
}

export type Parameter = NumericParameter | CategoricalParameter;

interface Range {
  readonly Name: string;
  readonly MinValue: string;
  readonly MaxValue: string;
  readonly ScalingType?: NumericParameter['scaling'];
}

function numeric(kind: NumericParameter['kind'], range: Range): NumericParameter {
  return {
    name: range.Name,
    kind,
    low: Number(range.MinValue),
    high: Number(range.MaxValue),
    scaling: range.ScalingType ?? 'Auto'
  };
}

/**
 * In the order of the request; where a job has no ranges of its own (several definitions, Autotune), what its trials
 * have tells.
 */
export function parametersOf(job: TuningJob | null, all: readonly Trial[]): Parameter[] {
  const ranges = job?.HyperParameterTuningJobConfig.ParameterRanges;
  const found: Parameter[] = [
    ...(ranges?.ContinuousParameterRanges ?? []).map(range => numeric('continuous', range)),
    ...(ranges?.IntegerParameterRanges ?? []).map(range => numeric('integer', range)),
    ...(ranges?.CategoricalParameterRanges ?? []).map(({ Name, Values }): Parameter => ({
      name: Name,
      kind: 'categorical',
      values: Values
    }))
  ];
  return found.length > 0 ? found : seen(all);
}

function seen(all: readonly Trial[]): Parameter[] {
  const names = new Set(all.flatMap(trial => Object.keys(trial.parameters)));
  return [...names].map(name => {
    const values = [...new Set(all.map(trial => trial.parameters[name]).filter(value => value !== undefined))];
    const numbers = values.map(Number);
    return numbers.every(Number.isFinite)
      ? {
          name,
          kind: numbers.every(Number.isInteger) ? 'integer' : 'continuous',
          low: numbers.reduce((a, b) => Math.min(a, b), Infinity),
          high: numbers.reduce((a, b) => Math.max(a, b), -Infinity),
          scaling: 'Auto'
        }
      : { name, kind: 'categorical', values };
  });
}
