import { newestFirst } from '../src/sidebar/arranged';
import { createView, english, type View } from '../src/views';
import { snapshot } from './fixtures';

describe('the view of an algorithm', () => {
  let view: View;
  const show = (change: object = {}, status = 'Completed'): void => {
    const described = {
      AlgorithmName: 'forest',
      AlgorithmArn: 'arn:aws:sagemaker:us-east-1:000000000000:algorithm/forest',
      AlgorithmStatus: status,
      AlgorithmStatusDetails: { ValidationStatuses: [{ ProfileName: 'first', Name: 'first', Status: status }] },
      CreationTime: 1000,
      TrainingSpecification: {
        TrainingImage: 'local/python',
        SupportedTrainingInstanceTypes: ['ml.m5.large', 'ml.trn1.2xlarge'],
        TrainingChannels: [
          { Name: 'train', IsRequired: true, SupportedContentTypes: ['text/csv'], SupportedInputModes: ['File'] }
        ],
        SupportedHyperParameters: [
          {
            Name: 'depth',
            Type: 'Integer',
            IsTunable: true,
            DefaultValue: '8',
            Range: { IntegerParameterRangeSpecification: { MinValue: '2', MaxValue: '12' } }
          },
          {
            Name: 'opt',
            Type: 'Categorical',
            Range: { CategoricalParameterRangeSpecification: { Values: ['a', 'b'] } }
          }
        ],
        MetricDefinitions: [{ Name: 'acc', Regex: 'acc=(.*)' }],
        SupportedTuningJobObjectiveMetrics: [{ MetricName: 'acc', Type: 'Maximize' }]
      },
      ...change
    };
    view.update({
      snapshot: snapshot([], { kind: 'algorithms', key: ['forest'], status, terminal: true, described })
    });
    jest.advanceTimersByTime(40);
  };
  const rows = (label: string): (string | null)[][] =>
    [...view.node.querySelectorAll(`table[aria-label="${label}"] tbody tr`)].map(row =>
      [...row.children].map(cell => cell.textContent)
    );

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_100_000 });
    view = createView('algorithms', { trans: english, can: [], asks: null, onIntent: () => Promise.resolve() });
    document.body.replaceChildren(view.node);
  });

  afterEach(() => {
    view.dispose();
    jest.useRealTimers();
  });

  it('tells what it takes and measures', () => {
    show();
    expect(rows('Channels')).toEqual([['train', 'yes', 'text/csv', 'File', '']]);
    expect(rows('Hyperparameters')).toEqual([
      ['depth', 'Integer', '2 … 12', '8', '', 'yes', ''],
      ['opt', 'Categorical', 'a, b', '', '', '', '']
    ]);
    expect(rows('Metrics')).toEqual([['acc', 'acc=(.*)']]);
    const told = [...view.node.querySelectorAll('dl > div')].map(line => line.textContent);
    expect(told).toEqual(
      expect.arrayContaining([
        'Imagelocal/python',
        'Instancesml.m5.large, ml.trn1.2xlarge',
        'Objectives of tuningMaximize acc'
      ])
    );
    expect(view.node.querySelector<HTMLElement>('.jp-sm-time')?.hidden).toBe(true);
    expect(view.node.querySelector<HTMLElement>('.jp-sm-failure')?.hidden).toBe(true);
  });

  it('says why it cannot be used', () => {
    const statuses = [{ Name: 'first', Status: 'Failed', FailureReason: 'no such data' }];
    show({ AlgorithmStatusDetails: { ValidationStatuses: statuses } }, 'Failed');
    expect(view.node.querySelector('.jp-sm-failure')?.textContent).toBe('first: no such data');
  });
});

it('lists the newest first, whatever the order of the service', () => {
  const listed = ['a', 'b', 'c'].map((name, at) => ({ AlgorithmName: name, CreationTime: [2, 3, 1][at] }));
  const seen = snapshot([], { kind: 'algorithms', key: [], items: listed });
  expect(newestFirst(seen)?.map(({ AlgorithmName }) => AlgorithmName)).toEqual(['b', 'a', 'c']);
  expect(newestFirst(null)).toBeNull();
});
