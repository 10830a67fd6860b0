import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { barred, CONNECT, denialOf, denialOfRequest, mayOnlyLook } from '../src/denied';
import { aimOf } from '../src/sidebar/deeds';
import { dimmed, tellDenied } from '../src/sidebar/deniedmenu';
import { denialOn } from '../src/sidebar/rowdeeds';
import { english } from '../src/views/text';
import { denial } from './fixtures';
import { app, domain, profile, space } from './studio_rows';

const STOP = denial('training-jobs', 'stop');
const START = denial('spaces', 'start', {
  key: ['d-1', 'one'],
  operation: 'CreateApp',
  request: { DomainId: 'd-1', SpaceName: 'one' }
});

it('is about a deed, and about the things whose keys begin so', () => {
  const denied = [STOP, START];
  expect(denialOf(denied, 'stop', { kind: 'training-jobs', key: ['fit'] })).toBe(STOP);
  expect(denialOf(denied, 'delete', { kind: 'training-jobs', key: ['fit'] })).toBeNull();
  expect(denialOf(denied, 'stop', { kind: 'tuning-jobs', key: ['fit'] })).toBeNull();
  expect(denialOf(denied, 'start', { kind: 'spaces', key: ['d-1', 'one'] })).toBe(START);
  expect(denialOf(denied, 'start', { kind: 'spaces', key: ['d-1', 'two'] })).toBeNull();
});

it('is about the requests that have certain members', () => {
  expect(denialOfRequest([START], 'CreateApp', { DomainId: 'd-1', SpaceName: 'one', AppType: 'JupyterLab' })).toBe(
    START
  );
  expect(denialOfRequest([START], 'CreateApp', { DomainId: 'd-1', UserProfileName: 'one' })).toBeNull();
  expect(denialOfRequest([START], 'CreateSpace', { DomainId: 'd-1', SpaceName: 'one' })).toBeNull();
  expect(denialOfRequest([STOP], 'stop-training-jobs', {})).toBe(STOP);
});

it('finds what is made new by where it is made', () => {
  const made = (kind: string, key: string[]) => [denial(kind, 'create', { key })];
  expect(denialOn(made('spaces', ['d-1']), 'new-space', domain('d-1'))).not.toBeNull();
  expect(denialOn(made('spaces', ['d-1']), 'new-space', domain('d-2'))).toBeNull();
  expect(denialOn(made('spaces', []), 'new-space', profile('me'))).not.toBeNull();
  expect(denialOn(made('user-profiles', []), 'new-user-profile', domain('d-1'))).not.toBeNull();
  expect(denialOn(made('apps', ['d-1', 'profile', 'me']), 'new-app', profile('me'))).not.toBeNull();
  expect(denialOn(made('apps', ['d-1', 'profile', 'me']), 'new-app', profile('you'))).toBeNull();
  expect(denialOf(made('domains', []), ...aimOf('new-domain', null))).not.toBeNull();
  expect(denialOn([START], 'start', space('one'))).toBe(START);
  expect(denialOn([START], 'copy-arn', space('one'))).toBeNull();
  expect(denialOn([denial('apps', 'stop')], 'stop', app('JupyterServer', 'default'))).not.toBeNull();
});

it('is everything that changes anything, for who may only look', () => {
  const denied = [denial('*', '*', { operation: '*', action: null, statement: null })];
  expect(mayOnlyLook(denied)).toBe(true);
  expect(mayOnlyLook([STOP, START])).toBe(false);
  expect(denialOf(denied, 'stop', { kind: 'training-jobs', key: ['fit'] })).toBe(denied[0]);
  expect(denialOf(denied, ...aimOf('new-space', null))).toBe(denied[0]);
  expect(denialOf(denied, ...CONNECT)).toBe(denied[0]);
  expect(denialOfRequest(denied, 'CreateApp', {})).toBe(denied[0]);
  expect(denialOn(denied, 'copy-arn', space('one'))).toBeNull();
  expect(barred(english, denied[0] ?? null).title).toBe('You may look at SageMaker here, but not change anything');
});

it('leaves a button within reach, and says why it does nothing', () => {
  expect(barred(english, STOP, 'Stop fit')).toEqual({
    title: 'sagemaker:stop-training-jobs is denied to you',
    'aria-disabled': 'true',
    'aria-description': 'sagemaker:stop-training-jobs is denied to you'
  });
  expect(barred(english, null, 'Stop fit')).toEqual({ title: 'Stop fit' });
  expect(barred(english, null)).toEqual({});
});

it('leaves a line of a menu within reach, too', () => {
  const commands = new CommandRegistry();
  let stopped = 0;
  for (const [id, denied] of [
    ['stop', STOP],
    ['delete', null]
  ] as const) {
    commands.addCommand(id, {
      label: id,
      ...dimmed(english, () => denied),
      execute: () => {
        stopped += 1;
      }
    });
  }
  const menu = new Menu({ commands });
  menu.addItem({ command: 'stop' });
  menu.addItem({ command: 'delete' });
  menu.open(0, 0);
  tellDenied(menu);
  const lines = [...menu.contentNode.children].map(line => [
    line.getAttribute('aria-disabled'),
    line.getAttribute('aria-description'),
    line.getAttribute('title')
  ]);
  const why = 'sagemaker:stop-training-jobs is denied to you';
  expect(lines).toEqual([
    ['true', why, why],
    [null, null, null]
  ]);
  menu.activeIndex = 0;
  menu.triggerActiveItem();
  expect(stopped).toBe(1);
  menu.dispose();
});
