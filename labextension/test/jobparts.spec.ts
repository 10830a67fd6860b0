import type { JobArtifacts, JobCost, Snapshot, TrainingJob } from '../src/model';
import { ArtifactList } from '../src/views/artifacts';
import { CostMeter } from '../src/views/cost';
import { createView, english, type View } from '../src/views';
import { bytes, money } from '../src/views/text';
import type { Asks } from '../src/views/view';
import { settle, snapshot, summary } from './fixtures';

const COST: JobCost = {
  free: false,
  so_far: 1.5,
  projected: 4,
  per_hour: 0,
  currency: 'USD',
  complete: true,
  at_most: false,
  message: null
};

const STORED: JobArtifacts = {
  uri: 's3://b/fit/',
  artifacts: [{ path: 'output/model.tar.gz', uri: 's3://b/fit/output/model.tar.gz', size: 2_345_678, modified: 1000 }],
  more: false,
  link: null
};

function asks(changes: Partial<Asks> = {}): Asks {
  return {
    importances: () => Promise.resolve({}),
    cost: () => Promise.resolve(COST),
    artifacts: () => Promise.resolve(STORED),
    downloadArtifact: () => Promise.resolve(),
    downloadLog: () => Promise.resolve(),
    follow: () => () => undefined,
    ...changes
  };
}

const pass = async (milliseconds: number): Promise<void> => {
  await jest.advanceTimersByTimeAsync(milliseconds);
  await settle();
};

beforeEach(() => {
  jest.useFakeTimers({ now: 1_100_000 });
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('the cost of a job', () => {
  const told = async (changes: Partial<JobCost>): Promise<string | undefined> => {
    const meter = new CostMeter(
      english,
      () => Promise.resolve({ ...COST, ...changes }),
      () => undefined
    );
    meter.update('now');
    await pass(10);
    return meter.fact()?.text;
  };

  it('is told so far and in the end, as far as anybody can tell', async () => {
    expect(await told({})).toBe('$1.50 so far, about $4.00 in the end');
    expect(await told({ projected: null, per_hour: 3.6 })).toBe('$1.50 so far');
    expect(await told({ projected: 1.5 })).toBe('$1.50');
    expect(await told({ projected: 1.5, at_most: true })).toBe('at most $1.50');
    expect(await told({ projected: null, complete: false })).toBe('at least $1.50');
    expect(await told({ projected: null, complete: false, at_most: true })).toBe('about $1.50');
    expect(await told({ so_far: null, projected: null, per_hour: null, complete: false })).toBe('not known');
    expect(await told({ free: true, so_far: 0, projected: 0 })).toBe('nothing: simulated here');
  });

  it('goes on by itself, and is asked for again only when something happened to the job', async () => {
    const ask = jest.fn(() => Promise.resolve({ ...COST, per_hour: 36, projected: null }));
    const meter = new CostMeter(english, ask, () => undefined);
    meter.update('2 trials');
    await pass(100_000);
    meter.update('2 trials');
    await pass(10);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(meter.fact()?.text).toBe('$2.50 so far');
    for (let trial = 3; trial < 40; trial += 1) {
      meter.update(`${trial} trials`);
      await pass(100);
    }
    await pass(10_000);
    expect(ask.mock.calls.length).toBeLessThan(5);
    meter.dispose();
  });

  it('says why it is not known, and shows nothing where nobody can be asked', async () => {
    const meter = new CostMeter(
      english,
      () => Promise.reject(new Error('denied')),
      () => undefined
    );
    meter.update('now');
    await pass(10);
    expect(meter.fact()).toEqual({ text: 'not known', title: 'denied' });
    const mute = new CostMeter(english, null, () => undefined);
    mute.update('now');
    await pass(10);
    expect(mute.fact()).toBeNull();
  });

  it('stands in the head of a tuning job', async () => {
    const cost = jest.fn(() => Promise.resolve(COST));
    const view = createView('tuning-jobs', {
      trans: english,
      can: [],
      asks: asks({ cost }),
      onIntent: () => Promise.resolve()
    });
    const jobs = [summary({ number: 1, value: 0.5 }), summary({ number: 2, status: 'InProgress' })];
    view.update({ snapshot: snapshot(jobs) });
    await pass(20);
    expect(view.node.querySelector('.jp-sm-figures')?.textContent).toContain(
      'Cost$1.50 so far, about $4.00 in the end'
    );
    view.update({ snapshot: snapshot([...jobs], { seq: 2 }) });
    await pass(20_000);
    expect(cost).toHaveBeenCalledTimes(1);
    view.update({ snapshot: snapshot([...jobs, summary({ number: 3, value: 0.6 })], { seq: 3 }) });
    await pass(20_000);
    expect(cost).toHaveBeenCalledTimes(2);
    view.dispose();
  });
});

describe('what a job has stored', () => {
  const list = (changes: Partial<Asks>): ArtifactList => {
    const options = { trans: english, can: [], asks: asks(changes), onIntent: () => Promise.resolve() };
    const made = new ArtifactList(options, () => ({ kind: 'training-jobs', key: ['fit'] }));
    document.body.replaceChildren(made.node);
    return made;
  };
  const button = (name: string): HTMLButtonElement | undefined =>
    [...document.querySelectorAll('button')].find(node => node.textContent === name && !node.hidden);

  it('is listed once when the job has ended, and saved by a press', async () => {
    const artifacts = jest.fn(() => Promise.resolve(STORED));
    const downloadArtifact = jest.fn(() => Promise.resolve());
    const made = list({ artifacts, downloadArtifact });
    made.update(false, 'InProgress');
    await pass(10);
    expect(artifacts).not.toHaveBeenCalled();
    made.update(true, 'Completed');
    made.update(true, 'Completed');
    await pass(10);
    expect(artifacts).toHaveBeenCalledTimes(1);
    expect(document.querySelector('li')?.textContent).toBe('output/model.tar.gz2.35 MBDownload');
    expect(button('Download')?.getAttribute('aria-label')).toBe('Download output/model.tar.gz');
    button('Download')?.click();
    await pass(10);
    expect(downloadArtifact).toHaveBeenCalledWith({ kind: 'training-jobs', key: ['fit'] }, 'output/model.tar.gz');
  });

  it('says why it cannot be listed or saved, and lets try again', async () => {
    let answer = (): Promise<JobArtifacts> => Promise.reject(new Error('no s3:ListBucket'));
    const made = list({
      artifacts: () => answer(),
      downloadArtifact: () => Promise.reject(Object.assign(new Error('no key'), { hint: 'Ask for kms:Decrypt.' }))
    });
    made.update(true, 'Completed');
    await pass(10);
    expect(document.querySelector('[role=alert]')?.textContent).toBe('no s3:ListBucket');
    answer = () => Promise.resolve({ ...STORED, link: 'https://console/x' });
    button('Try again')?.click();
    await pass(10);
    expect(document.querySelector<HTMLElement>('[role=alert]')?.hidden).toBe(true);
    expect(document.querySelector('a')?.href).toBe('https://console/x');
    button('Download')?.click();
    await pass(10);
    expect(document.querySelector('[role=alert]')?.textContent).toBe('no key Ask for kms:Decrypt.');
  });

  it('may be nothing', async () => {
    list({ artifacts: () => Promise.resolve({ ...STORED, artifacts: [] }) }).update(true, 'Failed');
    await pass(10);
    expect(document.querySelector('[role=status]')?.textContent).toBe('It has stored nothing.');
  });
});

describe('the view of a training job', () => {
  let view: View;
  const JOB: Partial<TrainingJob> = {
    TrainingJobName: 'fit',
    TrainingJobStatus: 'Completed',
    CreationTime: 1000,
    TrainingTimeInSeconds: 600,
    BillableTimeInSeconds: 180,
    EnableManagedSpotTraining: true,
    EnableNetworkIsolation: true,
    RoleArn: 'arn:aws:iam::000000000000:role/x',
    AlgorithmSpecification: { TrainingImage: 'local/python', TrainingInputMode: 'FastFile' },
    ResourceConfig: {
      VolumeSizeInGB: 50,
      KeepAlivePeriodInSeconds: 600,
      InstanceGroups: [
        { InstanceType: 'ml.m5.large', InstanceCount: 2, InstanceGroupName: 'data' },
        { InstanceType: 'ml.trn1.2xlarge', InstanceCount: 1, InstanceGroupName: 'train' }
      ]
    },
    WarmPoolStatus: { Status: 'Reused', ReusedByJob: 'next' },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxWaitTimeInSeconds: 90_000 },
    InputDataConfig: [
      {
        ChannelName: 'train',
        ContentType: 'text/csv',
        DataSource: {
          S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/train/', S3DataDistributionType: 'ShardedByS3Key' }
        }
      }
    ],
    Environment: { OMP_NUM_THREADS: '4' },
    HyperParameters: { sagemaker_program: '"train.py"' }
  };
  const show = (job: Partial<TrainingJob>, changes: Partial<Snapshot> = {}): void => {
    const status = job.TrainingJobStatus ?? 'Completed';
    view.update({
      snapshot: snapshot([], { kind: 'training-jobs', key: ['fit'], status, described: job, ...changes })
    });
    jest.advanceTimersByTime(20);
  };
  const facts = (): string[] =>
    [...view.node.querySelectorAll<HTMLElement>('dl > div')]
      .filter(node => !node.closest('[hidden]'))
      .map(node => [...node.children].map(part => part.textContent).join(': '));

  beforeEach(() => {
    view = createView('training-jobs', {
      trans: english,
      can: [],
      asks: asks(),
      onIntent: () => Promise.resolve()
    });
    document.body.replaceChildren(view.node);
  });

  afterEach(() => view.dispose());

  it('tells what it ran on, for how long, from what, and at which cost', async () => {
    show(JOB);
    await pass(20);
    expect(facts()).toEqual(
      expect.arrayContaining([
        'Instances: 2 × ml.m5.large (data), ml.trn1.2xlarge (train)',
        'Volume: 50 GB',
        'Spot instances: yes, 70 % saved',
        'Warm pool: kept for 10 m, Reused, by next',
        'Network: isolated',
        'Training time: 10 m',
        'Billable time: 3 m',
        'Longest run: 1 d',
        'Longest wait and run: 1 d 1 h',
        'Cost: $1.50 so far, about $4.00 in the end',
        'train: s3://b/train/ (FastFile, text/csv, sharded)',
        'OMP_NUM_THREADS: 4',
        'Image: local/python',
        'Script: train.py',
        'Role: arn:aws:iam::000000000000:role/x'
      ])
    );
    expect(view.node.querySelector('.jp-sm-artifacts li')?.textContent).toContain('output/model.tar.gz');
  });

  it('counts down how long it may wait for instances', () => {
    show({
      ...JOB,
      TrainingJobStatus: 'InProgress',
      SecondaryStatus: 'Pending',
      StoppingCondition: { MaxPendingTimeInSeconds: 7200 },
      SecondaryStatusTransitions: [
        { Status: 'Starting', StartTime: 1000, EndTime: 1010, StatusMessage: 'Preparing' },
        { Status: 'Pending', StartTime: 1040, StatusMessage: 'Training job waiting for capacity' }
      ]
    });
    const waiting = (): string | undefined =>
      view.node.querySelector('.jp-sm-steps [aria-current=step] .jp-sm-of')?.textContent ?? undefined;
    expect(waiting()).toBe('Training job waiting for capacity · It is given up in 1 h 58 m.');
    expect(facts()).toContain('Longest pending: 2 h, 1 h 58 m left');
    jest.setSystemTime(8_229_000);
    jest.advanceTimersByTime(1000);
    expect(waiting()).toBe('Training job waiting for capacity · It is given up in 10 s.');
    jest.advanceTimersByTime(1000);
    expect(waiting()).toBe('Training job waiting for capacity · It is given up in 9 s.');
  });

  it('tells what a failure means and what to do, and no more when it is not known', () => {
    const failed = { ...JOB, TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: , exit code: 137' } as const;
    show(failed, { meaning: { text: 'No memory left.', advice: 'Take smaller batches.' } });
    const note = view.node.querySelector<HTMLElement>('.jp-sm-meaning');
    expect(note?.textContent).toBe('What it meansNo memory left.What to doTake smaller batches.');
    show(failed, { meaning: null });
    expect(note?.hidden).toBe(true);
  });

  it('has its learning curves as a table, too', () => {
    show(JOB);
    view.appendLog?.({
      events: [],
      token: null,
      more: false,
      metrics: {
        loss: [
          [1000, 0.9],
          [1001, 0.25],
          [1002, 0.5]
        ]
      }
    });
    jest.advanceTimersByTime(40);
    const rows = [...view.node.querySelectorAll('.jp-sm-curveTable tbody tr')].map(row =>
      [...row.children].map(cell => cell.textContent).join(' ')
    );
    expect(rows).toEqual(['loss 3 0.9 0.25 0.9 0.5']);
    expect(view.node.querySelector('.jp-sm-curve')?.getAttribute('aria-label')).toBe(
      'loss: 3 values. Lowest 0.25, highest 0.9, last 0.5.'
    );
  });
});

it('writes sizes and amounts in the units and digits that count', () => {
  expect([0, 999, 1000, 2_345_678, 999_999, 12e9].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1 kB',
    '2.35 MB',
    '1 MB',
    '12 GB'
  ]);
  expect(money(1234.5, 'USD')).toBe('$1,234.50');
  expect(money(0.0042, 'USD')).toBe('$0.0042');
});
