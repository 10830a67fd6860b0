/** What a training job was given and what it used, as names and values. */

import type { TrainingJob } from '../model';
import { pendingLeft } from './steps';
import { clock, count, duration, type Translate } from './text';
import { words } from './status';

type Fact = readonly [name: string, value: string];

/** On what it runs. */
export function resourceFacts(trans: Translate, job: TrainingJob): Fact[] {
  const config = job.ResourceConfig;
  const pool = job.WarmPoolStatus;
  const network = [
    job.EnableNetworkIsolation && trans.__('isolated'),
    job.VpcConfig && trans.__('VPC %1', job.VpcConfig.Subnets.join(', ')),
    job.EnableInterContainerTrafficEncryption && trans.__('encrypted between instances')
  ];
  return [
    [trans.__('Instances'), instances(job)],
    [trans.__('Volume'), config?.VolumeSizeInGB ? trans.__('%1 GB', count(config.VolumeSizeInGB)) : ''],
    [trans.__('Spot instances'), job.EnableManagedSpotTraining ? savings(trans, job) : ''],
    [
      trans.__('Warm pool'),
      [
        config?.KeepAlivePeriodInSeconds && trans.__('kept for %1', duration(config.KeepAlivePeriodInSeconds)),
        pool && words(pool.Status),
        pool?.ReusedByJob && trans.__('by %1', pool.ReusedByJob)
      ]
        .filter(Boolean)
        .join(', ')
    ],
    [trans.__('Training plan'), config?.TrainingPlanArn ?? ''],
    [trans.__('Network'), network.filter(Boolean).join(', ')]
  ];
}

function instances({ ResourceConfig: config }: TrainingJob): string {
  const groups = config?.InstanceGroups ?? [];
  if (groups.length > 0) {
    return groups
      .map(group => `${times(group.InstanceCount, group.InstanceType)} (${group.InstanceGroupName})`)
      .join(', ');
  }
  const selected = config?.SelectedInstanceType ?? config?.InstanceType;
  return selected ? times(config?.SelectedInstanceCount ?? config?.InstanceCount ?? 1, selected) : '';
}

function times(number: number | undefined, instance: string | undefined): string {
  return (number ?? 1) > 1 ? `${number} × ${instance}` : (instance ?? '');
}

/** AWS's own measure of it: the time that is not billed. */
function savings(trans: Translate, job: TrainingJob): string {
  const { BillableTimeInSeconds: billed, TrainingTimeInSeconds: trained } = job;
  return billed === undefined || !trained
    ? trans.__('yes')
    : trans.__('yes, %1 % saved', Math.max(0, Math.round((1 - billed / trained) * 100)));
}

/** How long it ran and may run. */
export function timeFacts(trans: Translate, job: TrainingJob, now: number): Fact[] {
  const limits = job.StoppingCondition;
  const left = pendingLeft(job, now);
  const time = (seconds: number | undefined): string => (seconds === undefined ? '' : duration(seconds));
  const pending = time(limits?.MaxPendingTimeInSeconds);
  const retries = job.RetryStrategy?.MaximumRetryAttempts;
  return [
    [trans.__('Created'), clock(job.CreationTime)],
    [trans.__('Training time'), time(job.TrainingTimeInSeconds)],
    [trans.__('Billable time'), time(job.BillableTimeInSeconds)],
    [trans.__('Longest run'), time(limits?.MaxRuntimeInSeconds)],
    [trans.__('Longest wait and run'), time(limits?.MaxWaitTimeInSeconds)],
    [trans.__('Longest pending'), left === null ? pending : trans.__('%1, %2 left', pending, duration(left))],
    [trans.__('Retries'), retries ? trans.__('at most %1', retries) : '']
  ];
}

/** Its channels, by name. */
export function inputFacts(trans: Translate, job: TrainingJob): Fact[] {
  return (job.InputDataConfig ?? []).map(channel => {
    const { S3DataSource: s3, FileSystemDataSource: files } = channel.DataSource;
    const place = s3?.S3Uri ?? [files?.FileSystemId, files?.DirectoryPath].filter(Boolean).join(' ');
    const sharded = s3?.S3DataDistributionType === 'ShardedByS3Key' && trans.__('sharded');
    const mode = channel.InputMode ?? job.AlgorithmSpecification?.TrainingInputMode;
    const more = [mode !== 'File' && mode, channel.ContentType, channel.CompressionType, sharded];
    const told = more.filter(part => part && part !== 'None').join(', ');
    return [channel.ChannelName, told ? `${place} (${told})` : place];
  });
}

/** What runs, as whom, and where from and to. */
export function originFacts(trans: Translate, job: TrainingJob): Fact[] {
  const algorithm = job.AlgorithmSpecification;
  const bare = (name: string): string => job.HyperParameters?.[name]?.replace(/^"(.*)"$/, '$1') ?? '';
  const command = [...(algorithm?.ContainerEntrypoint ?? []), ...(algorithm?.ContainerArguments ?? [])];
  return [
    [trans.__('Algorithm'), algorithm?.AlgorithmName ?? ''],
    [trans.__('Image'), algorithm?.TrainingImage ?? ''],
    [trans.__('Script'), bare('sagemaker_program')],
    [trans.__('Source'), bare('sagemaker_submit_directory')],
    [trans.__('Command'), command.join(' ')],
    [trans.__('Role'), job.RoleArn ?? ''],
    [trans.__('Tuning job'), job.TuningJobArn?.split('/').pop() ?? ''],
    [trans.__('Checkpoints'), job.CheckpointConfig?.S3Uri ?? ''],
    [trans.__('Output'), job.OutputDataConfig?.S3OutputPath ?? '']
  ];
}
