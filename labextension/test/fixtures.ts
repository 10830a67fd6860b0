import type { DeniedDeed, Overview, RunningThing, Snapshot, TrainingJobSummary, TuningJob } from '../src/model';

interface TrialOptions {
  readonly number: number;
  readonly value?: number;
  readonly status?: TrainingJobSummary['TrainingJobStatus'];
  readonly reason?: string;
  readonly parameters?: Record<string, string>;
}

export function summary({ number, value, status, reason, parameters }: TrialOptions): TrainingJobSummary {
  const running = status === 'InProgress';
  return {
    TrainingJobName: `digits-${String(number).padStart(3, '0')}-589e2e9f`,
    TrainingJobArn: `arn:aws:sagemaker:us-east-1:000000000000:training-job/digits-${number}`,
    TrainingJobStatus: status ?? 'Completed',
    CreationTime: 1000 + number,
    TrainingStartTime: 1001 + number,
    ...(!running && { TrainingEndTime: 1011 + number }),
    TunedHyperParameters: parameters ?? { lr: String(number / 1000) },
    ...(reason !== undefined && { FailureReason: reason }),
    ...(value !== undefined && {
      FinalHyperParameterTuningJobObjectiveMetric: { MetricName: 'validation:accuracy', Value: value }
    })
  };
}

/** Something that IAM has denied: of all things of a kind, if nothing else is said. */
export function denial(kind: string, deed: string, changes: Partial<DeniedDeed> = {}): DeniedDeed {
  const operation = changes.operation ?? `${deed}-${kind}`;
  return {
    kind,
    deed,
    key: [],
    operation,
    request: {},
    action: `sagemaker:${operation}`,
    statement: '{"Effect": "Allow"}',
    ...changes
  };
}

export function tuning(jobs: readonly TrainingJobSummary[], changes: Partial<TuningJob> = {}): TuningJob {
  const count = (status: string): number => jobs.filter(job => job.TrainingJobStatus === status).length;
  return {
    HyperParameterTuningJobName: 'digits',
    HyperParameterTuningJobArn: 'arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/digits',
    HyperParameterTuningJobStatus: 'InProgress',
    HyperParameterTuningJobConfig: {
      Strategy: 'Bayesian',
      HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'validation:accuracy' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 12, MaxParallelTrainingJobs: 2 },
      ParameterRanges: { ContinuousParameterRanges: [{ Name: 'lr', MinValue: '0', MaxValue: '1' }] }
    },
    CreationTime: 1000,
    TrainingJobStatusCounters: {
      Completed: count('Completed'),
      InProgress: count('InProgress'),
      NonRetryableError: count('Failed'),
      RetryableError: 0,
      Stopped: count('Stopped')
    },
    ObjectiveStatusCounters: { Succeeded: 0, Pending: 0, Failed: 0 },
    ...changes
  };
}

export function snapshot(
  jobs: readonly TrainingJobSummary[],
  changes: Partial<Snapshot> = {},
  job: Partial<TuningJob> = {}
): Snapshot {
  const described = tuning(jobs, job);
  return {
    connection: 'local',
    label: 'Local engine',
    kind: 'tuning-jobs',
    key: ['digits'],
    seq: 1,
    since: null,
    status: described.HyperParameterTuningJobStatus,
    terminal: described.HyperParameterTuningJobStatus !== 'InProgress',
    described,
    training_jobs: jobs,
    updated: 2000,
    error: null,
    ...changes
  };
}

/** Let everything that waits for a promise go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}

/** An overview of the local engine on which nothing runs. */
export function overview(changes: Partial<Overview> = {}): Overview {
  return {
    connection: 'local',
    kind: 'local',
    label: 'Local engine',
    state: 'ready',
    message: null,
    running: [],
    cost: null,
    cost_message: null,
    ended: [],
    denied: [],
    now: 2000,
    ...changes
  };
}

/** An app of a space called desk. */
export function running(changes: Partial<RunningThing> = {}): RunningThing {
  return {
    kind: 'apps',
    key: ['d-1', 'space', 'desk', 'JupyterLab', 'default'],
    name: 'default',
    owner: 'desk',
    app_type: 'JupyterLab',
    text: 'Running on ml.trn1.2xlarge',
    instance: 'ml.trn1.2xlarge',
    per_hour: null,
    created: 1000,
    ...changes
  };
}
