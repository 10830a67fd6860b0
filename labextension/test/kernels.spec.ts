import type { ISessionContext } from '@jupyterlab/apputils';
import type { KernelSpec } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { followed, stepOf } from '../src/kernels/follow';
import { fitting, type KernelPlace, KnownKernels, placesOf } from '../src/kernels/known';
import { canHaveKernels, possible } from '../src/kernels/possible';
import { WhereItem } from '../src/kernels/where';
import type { KernelAction, RemoteKernel, Snapshot, Watch } from '../src/model';
import type { Row } from '../src/sidebar/rows';
import type { Listener } from '../src/source';
import type { ISageMaker } from '../src/tokens';
import { english } from '../src/views/text';

const KEY = ['d-123456789012', 'space', 'mine', 'JupyterLab', 'default'];
const NAME = 'sm-mine-python3-0123abcd';

function specs(more: Record<string, object> = {}): KernelSpec.ISpecModels {
  const spec = {
    name: NAME,
    display_name: 'Python 3 - ml.trn1.2xlarge (mine)',
    language: 'python',
    argv: [],
    resources: {},
    metadata: { jupyter_sm_ext: { connection: 'local', app_key: KEY, kernel: 'python3', instance: 'ml.trn1.2xlarge' } }
  };
  const plain = { ...spec, name: 'python3', metadata: {} };
  return { default: 'python3', kernelspecs: { python3: plain, [NAME]: spec, ...more } };
}

const none: KernelSpec.ISpecModels = { default: '', kernelspecs: {} };

function remote(name: string, language = 'python'): RemoteKernel {
  return {
    name,
    language,
    display_name: name,
    connection: 'local',
    app_key: KEY,
    kernel: name,
    instance: null,
    owner: 'mine',
    state: 'stopped',
    text: ''
  };
}

describe('what is known of kernels', () => {
  it('is told by their metadata', () => {
    expect([...placesOf(specs()).values()]).toEqual([
      {
        name: NAME,
        displayName: 'Python 3 - ml.trn1.2xlarge (mine)',
        connection: 'local',
        appKey: KEY,
        instance: 'ml.trn1.2xlarge',
        owner: 'mine',
        language: 'python',
        ready: true
      }
    ]);
    expect(placesOf(null).size).toBe(0);
  });

  it.each([{}, { jupyter_sm_ext: 1 }, { jupyter_sm_ext: { app_key: 'x' } }, { jupyter_sm_ext: { app_key: ['a'] } }])(
    'is nothing of strangers: %j',
    metadata => {
      expect(placesOf(specs({ [NAME]: { ...specs().kernelspecs[NAME], metadata } })).size).toBe(0);
    }
  );

  it('is kept when Jupyter no longer offers it', () => {
    const known = new KnownKernels();
    known.take(specs());
    known.take(none);
    expect(known.get(NAME)).toMatchObject({ owner: 'mine', ready: false });
    known.take(specs());
    expect(known.get(NAME)?.ready).toBe(true);
    known.learn([remote(NAME), remote('sm-other')]);
    expect(known.get(NAME)?.ready).toBe(true);
    expect(known.get('sm-other')?.ready).toBe(false);
    expect(known.get(null)).toBeNull();
  });
});

it('chooses a kernel of the language of the notebook', () => {
  const [python, r] = [remote('a'), remote('b', 'R')];
  expect(fitting([python, r], 'R')).toBe(r);
  expect(fitting([r, python], null)).toBe(r);
  expect(fitting([python], 'julia')).toBe(python);
  expect(fitting([], 'R')).toBeNull();
});

it('offers spaces and profiles that can have kernels, those that run first', () => {
  const row = (name: string, more: Partial<Row>): Row =>
    ({ kind: 'spaces', key: ['d', name], name, app_type: 'JupyterLab', state: 'stopped', ...more }) as Row;
  const rows = [
    row('domain', { kind: 'domains' }),
    row('profile', { kind: 'user-profiles', app_type: null, state: 'ready' }),
    row('b', {}),
    row('editor', { app_type: 'CodeEditor' }),
    row('gone', { state: 'deleting' }),
    row('app', { kind: 'apps' }),
    row('a', {}),
    row('classic', { app_type: null }),
    row('z', { state: 'running' })
  ];
  expect(possible(rows).map(({ name }) => name)).toEqual(['z', 'a', 'b', 'classic', 'profile']);
  expect(canHaveKernels(row('app', { kind: 'apps', app_type: 'KernelGateway' }))).toBe(true);
  expect(canHaveKernels(row('app', { kind: 'apps', app_type: 'Canvas' }))).toBe(false);
});

class FakeSource {
  readonly listeners = new Set<Listener>();
  readonly asked: string[] = [];

  subscribe(watch: Watch, listener: Listener): () => void {
    this.asked.push([watch.kind, ...watch.key].join('/'));
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(items: readonly Partial<KernelAction>[], error: Snapshot['error'] = null): void {
    for (const listener of [...this.listeners]) {
      listener({ snapshot: { items, error } as unknown as Snapshot, problem: null });
    }
  }
}

describe('an action that is followed', () => {
  const step = { text: 'Start JupyterLab', state: 'running' as const, detail: 'Pending' };
  const running = { id: 'a', label: 'Add kernels', status: 'Running' as const, steps: [step] };

  it('tells its steps until it is over', async () => {
    const source = new FakeSource();
    const told: string[] = [];
    const end = followed({ source } as unknown as ISageMaker, 'a', action => told.push(stepOf(action)));
    source.tell([]);
    source.tell([{ ...running, steps: [] }, { id: 'b' }]);
    source.tell([running]);
    source.tell([], { message: 'nobody answers', code: 'Unreachable', hint: null });
    source.tell([{ ...running, status: 'Succeeded' }]);
    await expect(end).resolves.toMatchObject({ id: 'a', status: 'Succeeded' });
    expect(told).toEqual(['Add kernels', 'Start JupyterLab: Pending', 'Start JupyterLab: Pending']);
    expect(source.listeners.size).toBe(0);
  });

  it('ends when the server has forgotten it', async () => {
    const source = new FakeSource();
    const end = followed({ source } as unknown as ISageMaker, 'a', () => undefined);
    source.tell([running]);
    source.tell([]);
    await expect(end).rejects.toThrow('does not know');
  });
});

describe('the item of the toolbar', () => {
  function make(name: string | null) {
    const known = new KnownKernels();
    const changed = new Signal<object, void>({});
    const kernelChanged = new Signal<object, unknown>({});
    const context = { session: { kernel: { name } }, kernelChanged };
    const source = new FakeSource();
    const stopped: string[] = [];
    const unknown: string[] = [];
    const pressed: (KernelPlace | null)[] = [];
    const item = new WhereItem({
      icon: document.createElement('span'),
      sagemaker: { source, trans: english } as unknown as ISageMaker,
      context: context as unknown as ISessionContext,
      known,
      changed,
      onPress: place => pressed.push(place),
      onStopped: place => stopped.push(place.owner),
      onUnknown: each => unknown.push(each)
    });
    const take = (told: KernelSpec.ISpecModels): void => {
      known.take(told);
      changed.emit();
    };
    const move = (to: string): void => {
      context.session.kernel.name = to;
      kernelChanged.emit(undefined);
    };
    const button = item.node.querySelector('button');
    return { item, take, move, source, stopped, unknown, pressed, button };
  }

  it('says nothing of a local kernel, and takes it elsewhere', () => {
    const { button, item, pressed, source } = make('python3');
    expect(item.node.dataset.state).toBe('here');
    expect(button?.textContent).toBe('');
    expect(button?.getAttribute('aria-label')).toContain('Run this notebook on');
    button?.click();
    expect(pressed).toEqual([null]);
    expect(source.asked).toEqual([]);
  });

  it('names instance and space, and has the server look at the app', () => {
    const { button, item, take, source, unknown } = make(NAME);
    expect(unknown).toEqual([NAME]);
    take(specs());
    expect(item.node.dataset.state).toBe('far');
    expect(button?.textContent).toBe('ml.trn1.2xlarge · mine');
    expect(button?.title).toContain('simulated on this machine');
    expect(button?.title).toContain('working directory');
    expect(source.asked).toEqual([`apps/${KEY.join('/')}`]);
    take(specs());
    expect(source.asked).toHaveLength(1);
    item.dispose();
    expect(source.listeners.size).toBe(0);
  });

  it('tells once that the app has stopped', () => {
    const { button, item, take, stopped, source } = make(NAME);
    take(specs());
    take(none);
    take(none);
    expect(item.node.dataset.state).toBe('stopped');
    expect(button?.textContent).toBe('mine is stopped');
    expect(stopped).toEqual(['mine']);
    expect(source.listeners.size).toBe(0);
    take(specs());
    expect(item.node.dataset.state).toBe('far');
  });

  it('goes along when the notebook changes its kernel', () => {
    const { item, take, move, stopped } = make('python3');
    take(specs());
    move(NAME);
    expect(item.node.dataset.state).toBe('far');
    move('python3');
    take(none);
    expect(item.node.dataset.state).toBe('here');
    expect(stopped).toEqual([]);
  });
});
