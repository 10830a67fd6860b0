import kernels from '../schema/kernels.json';
import places from '../schema/places.json';
import plugin from '../schema/plugin.json';
import { CommandIDs } from '../src/tokens';

/** Every command that menus, toolbars and shortcuts name. */
function named(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) {
    return [];
  }
  const inside = Object.values(schema).flatMap(named);
  return 'command' in schema && typeof schema.command === 'string' ? [schema.command, ...inside] : inside;
}

test('menus and shortcuts name commands that are there', () => {
  const ours = [kernels, places, plugin].flatMap(named).filter(id => id.startsWith('jupyter-sm-ext:'));
  expect(ours.length).toBeGreaterThan(10);
  expect(Object.values(CommandIDs)).toEqual(expect.arrayContaining(ours));
});

test('names of commands are those that menus use', () => {
  expect(CommandIDs.newSpace).toBe('jupyter-sm-ext:new-space');
  expect(CommandIDs.connectAWS).toBe('jupyter-sm-ext:connect-aws');
});
