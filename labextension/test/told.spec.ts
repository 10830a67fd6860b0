import type { EndedThing } from '../src/model';
import { grouped } from '../src/places/news';
import { news, readMemory } from '../src/places/told';
import { overview } from './fixtures';

const OPENED = 1000;
const all = (): boolean => true;
const ended = (id: string, at: number, outcome: EndedThing['outcome'] = 'failed'): EndedThing => ({
  id,
  kind: 'training-jobs',
  key: [id],
  name: id,
  owner: null,
  outcome,
  text: null,
  at
});
const ids = (things: readonly EndedThing[]): string[] => things.map(({ id }) => id);

it('begins with what ended since the page was opened, not with history', () => {
  const first = news(overview({ ended: [ended('new', 1001), ended('old', 10)] }), {}, OPENED, all);
  expect(ids(first.tell)).toEqual(['new']);
  // Both are remembered.
  expect(news(overview({ ended: [ended('old', 10)] }), first.memory, OPENED, all).tell).toEqual([]);
});

it('tells once, also when the page was closed in between', () => {
  const start = news(overview(), {}, OPENED, all).memory;
  const while_closed = overview({ ended: [ended('while closed', 500)] });
  const found = news(while_closed, start, OPENED, all);
  expect(ids(found.tell)).toEqual(['while closed']);
  const kept = readMemory(JSON.parse(JSON.stringify(found.memory)));
  expect(news(while_closed, kept, OPENED + 100, all)).toEqual({ tell: [], memory: kept });
});

it('remembers what the user does not want to hear of', () => {
  const start = news(overview(), {}, OPENED, all).memory;
  const done = overview({ ended: [ended('done', 1100, 'finished'), ended('bad', 1200)] });
  const found = news(done, start, OPENED, outcome => outcome === 'failed');
  expect(ids(found.tell)).toEqual(['bad']);
  expect(news(done, found.memory, OPENED, all).tell).toEqual([]);
});

it('keeps connections apart', () => {
  const local = news(overview({ ended: [ended('a', 1)] }), {}, OPENED, all).memory;
  const aws = news(overview({ connection: 'aws:x:y', ended: [ended('a', 2000)] }), local, OPENED, all);
  expect(ids(aws.tell)).toEqual(['a']);
  expect(Object.keys(aws.memory)).toEqual(['local', 'aws:x:y']);
});

it('forgets the oldest, never what is still listed', () => {
  const many = Array.from({ length: 600 }, (_, index) => ended(`job-${index}`, index));
  const first = news(overview({ ended: many.slice(0, 450) }), {}, OPENED, all).memory;
  const second = news(overview({ ended: many.slice(450) }), first, OPENED, all).memory;
  const known = Object.keys(second.local ?? {});
  expect(known).toHaveLength(500);
  expect(known).toContain('job-599');
  expect(known).toContain('job-449');
  expect(known).not.toContain('job-0');
});

it('takes no memory that is not one', () => {
  for (const bad of [null, 7, 'x', { local: 'x' }, { local: { a: 'b' } }]) {
    expect(readMemory(bad)).toEqual({});
  }
});

it('tells many of a kind as one', () => {
  const some = [ended('a', 1), ended('b', 2), ended('best', 3, 'best')];
  expect(grouped(some).map(ids)).toEqual([['best'], ['a'], ['b']]);
  expect(grouped([...some, ended('c', 4), ended('d', 5)]).map(ids)).toEqual([['best'], ['a', 'b', 'c', 'd']]);
  expect(grouped([])).toEqual([]);
});
