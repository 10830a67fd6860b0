import { createView, english, type View } from '../src/views';
import { snapshot } from './fixtures';

describe('the view of a compilation job', () => {
  let view: View;
  const show = (job: object, status = 'COMPLETED'): void => {
    const described = {
      CompilationJobName: 'net',
      CompilationJobStatus: status,
      CreationTime: 1000,
      LastModifiedTime: 1010,
      CompilationEndTime: 1008,
      FailureReason: '',
      InputConfig: { S3Uri: 's3://b/net.tar.gz', Framework: 'ONNX', DataInputConfig: '{"input":[1,4]}' },
      OutputConfig: { S3OutputLocation: 's3://b/out', TargetDevice: 'ml_c5' },
      ...job
    };
    view.update({
      snapshot: snapshot([], { kind: 'compilation-jobs', key: ['net'], status, terminal: true, described })
    });
    jest.advanceTimersByTime(40);
  };

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_100_000 });
    view = createView('compilation-jobs', { trans: english, can: [], asks: null, onIntent: () => Promise.resolve() });
    document.body.replaceChildren(view.node);
  });

  afterEach(() => {
    view.dispose();
    jest.useRealTimers();
  });

  it('tells what was compiled for what, and what came of it', () => {
    show({
      ModelArtifacts: { S3ModelArtifacts: 's3://b/out/net-ml_c5.tar.gz' },
      ModelDigests: { ArtifactDigest: 'abc123' }
    });
    const told = [...view.node.querySelectorAll('dl > div')].map(line => line.textContent);
    expect(told).toEqual(
      expect.arrayContaining([
        'FrameworkONNX',
        'Inputs{"input":[1,4]}',
        'Targetml_c5',
        'Artifacts3://b/out/net-ml_c5.tar.gz',
        'Digestabc123'
      ])
    );
    expect(view.node.querySelector('.jp-sm-head .jp-sm-time')?.textContent).toBe('8 s');
  });

  it('says why it failed, and names a platform where there is no device', () => {
    show(
      {
        FailureReason: 'ClientConfigurationError: no Neuron compiler is on this machine',
        OutputConfig: { S3OutputLocation: 's3://b/out', TargetPlatform: { Os: 'LINUX', Arch: 'ARM64' } }
      },
      'FAILED'
    );
    expect(view.node.querySelector('.jp-sm-failure')?.textContent).toContain('no Neuron compiler');
    expect(view.node.textContent).toContain('TargetLINUX ARM64');
  });

  it('shows the log', () => {
    show({});
    view.appendLog?.({ events: [{ timestamp: 1, message: 'fusing', stream: 'net' }], token: 't', more: false });
    jest.advanceTimersByTime(40);
    expect(view.node.querySelector('[role=log]')?.textContent).toBe('fusing');
  });
});
