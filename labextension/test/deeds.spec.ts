import { deedsOf } from '../src/sidebar/deeds';
import { keyMembers, startRequest, usualInstance } from '../src/sidebar/requests';
import { progressOf, usualDeed } from '../src/sidebar/rowdeeds';
import { newestActions } from '../src/sidebar/rows';
import { describe as say } from '../src/sidebar/said';
import { treeOf } from '../src/sidebar/tree';
import { english } from '../src/views/text';
import { action, app, domain, profile, row, space } from './studio_rows';

const RUNNING = ['open', 'stop', 'change-instance', 'update', 'delete'];

describe('deedsOf', () => {
  it('is what the server says, and what this page adds', () => {
    expect(deedsOf(space('s', { actions: RUNNING }), null)).toEqual([
      'open',
      'stop',
      'change-instance',
      'update',
      'delete',
      'copy-arn'
    ]);
    expect(deedsOf(domain('d-1', { actions: ['update', 'delete'] }), null)).toContain('new-space');
    expect(deedsOf(profile('me', { actions: ['start', 'open'] }), null)).toEqual([
      'open',
      'new-app',
      'new-space',
      'copy-arn'
    ]);
  });

  it('leaves out what it does not know', () => {
    expect(deedsOf(space('s', { actions: ['paint', 'start'] }), null)).toEqual(['start', 'copy-arn']);
  });

  it('is nothing that would cross what is under way', () => {
    expect(deedsOf(space('s', { actions: RUNNING }), action())).toEqual(['copy-arn']);
  });

  it('lets a failure be dismissed, and everything be tried again', () => {
    const deeds = deedsOf(space('s', { actions: ['start'] }), action({ status: 'Failed' }));
    expect(deeds).toEqual(['start', 'copy-arn', 'dismiss']);
  });
});

it.each([
  [space('s', { actions: RUNNING }), 'open'],
  [space('s', { actions: ['start', 'delete'] }), 'start'],
  [space('s', { state: 'deleting' }), null],
  [domain('d-1', { actions: ['update'] }), null],
  [profile('me', { actions: ['open'] }), 'open'],
  [profile('me', { actions: ['open'], apps: [app('JupyterServer', 'default')] }), null]
])('Enter on %j does %s', (on, deed) => {
  expect(usualDeed(on, deedsOf(on, null))).toBe(deed);
});

describe('requests', () => {
  it('name a thing in AWS own words', () => {
    expect(keyMembers(domain('d-1'))).toEqual({ DomainId: 'd-1' });
    expect(keyMembers(profile('me'))).toEqual({ DomainId: 'd-1', UserProfileName: 'me' });
    expect(keyMembers(app('KernelGateway', 'big', 'space/s'))).toEqual({
      DomainId: 'd-1',
      SpaceName: 's',
      AppType: 'KernelGateway',
      AppName: 'big'
    });
  });

  it('start the app that a space is there for', () => {
    expect(startRequest(space('s'), 'ml.trn1.2xlarge')).toEqual({
      DomainId: 'd-1',
      SpaceName: 's',
      AppType: 'JupyterLab',
      AppName: 'default',
      ResourceSpec: { InstanceType: 'ml.trn1.2xlarge' }
    });
    expect(startRequest(app('KernelGateway', 'big'), null)).toEqual(keyMembers(app('KernelGateway', 'big')));
  });

  it('know the instance that a space was given', () => {
    const described = {
      SpaceSettings: { JupyterLabAppSettings: { DefaultResourceSpec: { InstanceType: 'ml.t3.large' } } }
    };
    expect(usualInstance(space('s'), described)).toBe('ml.t3.large');
    expect(usualInstance(space('s', { app_type: 'CodeEditor' }), described)).toBeNull();
    expect(usualInstance(app('KernelGateway', 'x'), { ResourceSpec: { InstanceType: 'ml.g5.xlarge' } })).toBe(
      'ml.g5.xlarge'
    );
    expect(usualInstance(space('s'), null)).toBeNull();
  });
});

describe('progressOf', () => {
  const steps = (...states: ('done' | 'running' | 'waiting' | 'failed')[]) =>
    states.map((state, index) => ({ text: `step ${index + 1}`, state, detail: null }));

  it('tells the step under way, and how many are done', () => {
    expect(progressOf(action({ steps: steps('done', 'running', 'waiting') }))).toEqual({
      text: 'step 2',
      done: 1,
      total: 3
    });
  });

  it('tells what is done before the first step is known', () => {
    expect(progressOf(action())).toEqual({ text: 'Start one', done: 0, total: 0 });
  });

  it('tells the last step between two', () => {
    expect(progressOf(action({ steps: steps('done', 'done') })).text).toBe('step 2');
  });
});

it('keeps the newest action of each thing', () => {
  const old = action({ id: 'old', created: 1, status: 'Failed' });
  const found = newestActions([action({ id: 'new', created: 2 }), old, action({ id: 'b', key: ['d-1', 'two'] })]);
  expect(found.get('spaces/d-1/one')?.id).toBe('new');
  expect(found.get('spaces/d-1/two')?.id).toBe('b');
});

describe('what a screen reader hears', () => {
  const heard = (rows: Parameters<typeof treeOf>[0], told: Parameters<typeof say>[2] = null): string[] =>
    treeOf(rows, {}, { filter: '', toggled: {} }).items.map(item => say(english, item, told));

  it('is kind, name, status, owner and sharing', () => {
    expect(heard([domain('d-1', { name: 'team' }), space('s', { text: 'Stopped', here: true })])).toEqual([
      'Domain team, Ready',
      'Spaces, 1',
      'Space s, this place, Stopped, owner me, private',
      'User profiles, 0',
      'No user profiles.'
    ]);
  });

  it('is what is being done, and why it failed', () => {
    const steps = [{ text: 'Stop the app', state: 'running' as const, detail: null }];
    expect(heard([row('spaces', ['d-1', 's'])], action({ steps }))[2]).toMatch(/, Stop the app$/);
    const error = { message: 'the quota is 0', code: 'ResourceLimitExceeded', hint: null };
    expect(heard([row('spaces', ['d-1', 's'])], action({ status: 'Failed', error }))[2]).toMatch(
      /, Start one failed: the quota is 0$/
    );
  });
});
