import type { Overview } from '../src/model';
import { RunningManager } from '../src/places/running';
import { newsText } from '../src/places/news';
import { statusText } from '../src/places/text';
import { NO_EXTENSION } from '../src/request';
import { DEFAULTS, Settings } from '../src/settings';
import type { ISageMaker } from '../src/tokens';
import { english } from '../src/views/text';
import { overview, running, settle } from './fixtures';

const says = (changes: Partial<Overview>): string | undefined =>
  statusText(english, { overview: overview(changes), problem: null })?.text;
const app = running();
const job = running({
  instance: null,
  kind: 'training-jobs',
  key: ['fit'],
  name: 'fit',
  owner: null,
  app_type: null,
  text: 'InProgress'
});

describe('the status bar', () => {
  it('says where one is when nothing runs', () => {
    expect(says({ state: 'asleep' })).toBe('SageMaker: local');
    expect(says({ kind: 'aws' })).toBe('SageMaker: AWS');
  });

  it('counts what runs, and tells the price where it is known', () => {
    const cost = { per_hour: 3.4, currency: 'USD', complete: true };
    expect(says({ running: [app, app] })).toBe('SageMaker: local, 2 apps running');
    expect(says({ running: [app, job] })).toBe('SageMaker: local, 1 app, 1 job running');
    expect(says({ kind: 'aws', running: [app, app], cost })).toBe('SageMaker: 2 apps, $3.40/h');
    expect(says({ kind: 'aws', running: [app, app, job], cost: { ...cost, complete: false } })).toBe(
      'SageMaker: 2 apps, at least $3.40/h, 1 job'
    );
    expect(says({ kind: 'aws', running: [job] })).toBe('SageMaker: 1 job');
  });

  it('tells the state of the credentials, with the reason for who asks', () => {
    const lapsed = overview({ kind: 'aws', state: 'credentials', message: 'The token has expired' });
    const said = statusText(english, { overview: lapsed, problem: null });
    expect(said).toMatchObject({ text: 'SageMaker: no valid credentials', tone: 'bad' });
    expect(said?.title).toContain('The token has expired');
  });

  it('does not say that nothing runs where it may not look', () => {
    const denied = overview({ kind: 'aws', message: 'not authorized to perform: sagemaker:ListApps' });
    const title = statusText(english, { overview: denied, problem: null })?.title;
    expect(title).toContain('ListApps');
    expect(title).not.toContain('Nothing is running');
  });

  it('is silent where there is nothing to say', () => {
    expect(statusText(english, { overview: null, problem: null })).toBeNull();
    const problem = { message: 'not there', code: NO_EXTENSION, hint: null };
    expect(statusText(english, { overview: null, problem })).toBeNull();
    expect(statusText(english, { overview: null, problem: { ...problem, code: 'X' } })?.text).toContain('no answer');
  });
});

describe('the Running panel', () => {
  const calls: unknown[] = [];
  const server = {
    act: (request: object): Promise<void> => Promise.resolve(void calls.push(request)),
    stop: (watch: object): Promise<void> => Promise.resolve(void calls.push(watch))
  };
  const refreshed = jest.fn();
  const failed = jest.fn();
  const sagemaker = { trans: english, server, source: { refresh: refreshed, denied: [] } } as unknown as ISageMaker;
  const manager = new RunningManager({
    sagemaker,
    icon: () => 'icon.svg',
    onRefresh: refreshed,
    onOpen: () => undefined,
    onFailure: failed
  });

  it('asks in a sentence that stays true where it is read only once', () => {
    expect(manager.shutdownAllConfirmationText).toContain('All running apps and jobs stop');
  });

  it('lists apps and jobs, and says so only when they changed', () => {
    const changed = jest.fn();
    manager.runningChanged.connect(changed);
    manager.take(overview({ running: [app, job] }));
    manager.take(overview({ running: [app, job], now: 5 }));
    expect(changed).toHaveBeenCalledTimes(1);
    expect(manager.running().map(item => item.label())).toEqual(['desk', 'Training job fit']);
    expect(manager.running().map(item => item.detail?.())).toEqual(['ml.trn1.2xlarge', 'In progress']);
    expect(manager.shutdownAllConfirmationText).toContain('desk, Training job fit');
  });

  it('stops an app by the action, and a job by its verb', async () => {
    manager.shutdownAll();
    await settle();
    expect(calls).toEqual([
      { action: 'stop', kind: 'apps', key: app.key, options: {} },
      { kind: 'training-jobs', key: ['fit'] }
    ]);
    expect(refreshed).toHaveBeenCalled();
    expect(failed).not.toHaveBeenCalled();
  });

  it('tells why something could not be stopped', async () => {
    server.stop = () => Promise.reject(new Error('denied'));
    manager.running()[1]?.shutdown?.();
    await settle();
    expect(failed).toHaveBeenCalledWith(['denied']);
  });
});

it('tells news in a sentence', () => {
  const failed = { ...app, id: 'x', outcome: 'failed' as const, at: 1, text: 'no capacity' };
  expect(newsText(english, [failed])).toBe('desk has failed: no capacity');
  expect(newsText(english, [failed, failed])).toBe('SageMaker: 2 jobs or apps have failed.');
  expect(newsText(english, [{ ...failed, ...job, outcome: 'finished', text: null }])).toBe(
    'Training job fit has finished.'
  );
});

describe('settings', () => {
  const schema = jest.requireActual<{ properties: Record<string, { default: unknown }> }>('../schema/plugin.json');

  it('are those of the schema, with the same defaults', () => {
    const told = Object.entries(schema.properties).map(([name, property]) => [name, property.default]);
    expect(Object.fromEntries(told)).toEqual(DEFAULTS);
  });

  it('follow what the user sets, and stay sound', () => {
    const settings = new Settings();
    let changed = (): void => undefined;
    const source = {
      composite: { statusBar: false, defaultInstance: 7 } as unknown as Record<string, never>,
      changed: {
        connect: (slot: () => void): boolean => {
          changed = slot;
          return true;
        }
      }
    };
    settings.follow(source);
    expect(settings.get()).toEqual({ ...DEFAULTS, statusBar: false });
    source.composite = {};
    changed();
    expect(settings.get()).toEqual(DEFAULTS);
  });
});
