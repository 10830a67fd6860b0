/** What an algorithm is, in words. */

import type { Algorithm } from '../model';
import type { Pair } from './pairs';
import { words } from './status';
import { clock, type Translate } from './text';

/** A table's head and rows. */
export type Cells = readonly (readonly string[])[];

type Parameter = NonNullable<Algorithm['TrainingSpecification']['SupportedHyperParameters']>[number];

export class AlgorithmFacts {
  constructor(private readonly trans: Translate) {}

  /** Why it cannot be used; empty if it can. */
  failure({ AlgorithmStatusDetails: details }: Algorithm): string {
    const statuses = [...(details.ValidationStatuses ?? []), ...(details.ImageScanStatuses ?? [])];
    return statuses
      .flatMap(({ Name, FailureReason }) => (FailureReason ? [`${Name}: ${FailureReason}`] : []))
      .join('\n');
  }

  training(algorithm: Algorithm): readonly Pair[] {
    const { trans } = this;
    const { TrainingSpecification: training } = algorithm;
    const tuned = training.SupportedTuningJobObjectiveMetrics ?? [];
    return [
      [trans.__('Description'), algorithm.AlgorithmDescription ?? ''],
      [trans.__('Image'), training.TrainingImage],
      [trans.__('Digest'), training.TrainingImageDigest ?? ''],
      [trans.__('Instances'), training.SupportedTrainingInstanceTypes.join(', ')],
      [trans.__('On several instances'), training.SupportsDistributedTraining === true ? trans.__('yes') : ''],
      [
        trans.__('Objectives of tuning'),
        tuned.map(({ MetricName, Type }) => `${words(Type)} ${MetricName}`).join(', ')
      ],
      [trans.__('Product'), algorithm.ProductId ?? ''],
      [trans.__('Created'), clock(algorithm.CreationTime)],
      [trans.__('ARN'), algorithm.AlgorithmArn]
    ];
  }

  inference({ InferenceSpecification: inference }: Algorithm): readonly Pair[] {
    const { trans } = this;
    return [
      [trans.__('Images'), inference?.Containers.map(({ Image }) => Image).join(', ') ?? ''],
      [trans.__('Instances'), inference?.SupportedRealtimeInferenceInstanceTypes?.join(', ') ?? ''],
      [trans.__('Takes'), inference?.SupportedContentTypes?.join(', ') ?? ''],
      [trans.__('Gives'), inference?.SupportedResponseMIMETypes?.join(', ') ?? '']
    ];
  }

  channels({ TrainingSpecification: training }: Algorithm): Cells {
    const { trans } = this;
    return [
      [trans.__('Name'), trans.__('Needed'), trans.__('Content types'), trans.__('Modes'), trans.__('Description')],
      ...training.TrainingChannels.map(channel => [
        channel.Name,
        this.yes(channel.IsRequired),
        channel.SupportedContentTypes.join(', '),
        channel.SupportedInputModes.join(', '),
        channel.Description ?? ''
      ])
    ];
  }

  parameters({ TrainingSpecification: training }: Algorithm): Cells {
    const { trans } = this;
    return [
      [
        trans.__('Name'),
        trans.__('Type'),
        trans.__('Values'),
        trans.__('Default'),
        trans.__('Needed'),
        trans.__('Can be tuned'),
        trans.__('Description')
      ],
      ...(training.SupportedHyperParameters ?? []).map(parameter => [
        parameter.Name,
        words(parameter.Type),
        valuesOf(parameter),
        parameter.DefaultValue ?? '',
        this.yes(parameter.IsRequired),
        this.yes(parameter.IsTunable),
        parameter.Description ?? ''
      ])
    ];
  }

  metrics({ TrainingSpecification: training }: Algorithm): Cells {
    const { trans } = this;
    return [
      [trans.__('Name'), trans.__('Pattern in the log')],
      ...(training.MetricDefinitions ?? []).map(({ Name, Regex }) => [Name, Regex])
    ];
  }

  proofs({ AlgorithmStatusDetails: details, ValidationSpecification: specification }: Algorithm): Cells {
    const { trans } = this;
    const status = new Map((details.ValidationStatuses ?? []).map(each => [each.Name, each.Status]));
    return [
      [trans.__('Profile'), trans.__('Status'), trans.__('Instance'), trans.__('Data')],
      ...(specification?.ValidationProfiles ?? []).map(({ ProfileName, TrainingJobDefinition: job }) => [
        ProfileName,
        words(status.get(ProfileName) ?? 'NotStarted'),
        job.ResourceConfig.InstanceType ?? '',
        job.InputDataConfig.map(({ ChannelName, DataSource }) => {
          return `${ChannelName} ${DataSource.S3DataSource?.S3Uri ?? ''}`.trim();
        }).join(', ')
      ])
    ];
  }

  private yes(told: boolean | undefined): string {
    return told === true ? this.trans.__('yes') : '';
  }
}

/** `0.1 … 0.9`, or the values one by one. */
function valuesOf({ Range: range }: Parameter): string {
  const numeric = range?.ContinuousParameterRangeSpecification ?? range?.IntegerParameterRangeSpecification;
  return numeric
    ? `${numeric.MinValue} … ${numeric.MaxValue}`
    : (range?.CategoricalParameterRangeSpecification?.Values.join(', ') ?? '');
}
