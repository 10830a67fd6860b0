import type { Check } from '../src/model';
import { Asker, byWeight, type Result, safeLink } from '../src/picker/asker';
import { settle } from './fixtures';

const check = (state: Check['state'], message: string): Check => ({ check: 'quota', state, message, link: null });

/** Timers that end when told to. */
class Clock {
  private readonly calls = new Map<number, () => void>();
  private last = 0;

  setTimeout(call: () => void): number {
    this.last += 1;
    this.calls.set(this.last, call);
    return this.last;
  }
  clearTimeout(timer: number): void {
    this.calls.delete(timer);
  }
  ring(): void {
    const calls = [...this.calls.values()];
    this.calls.clear();
    calls.forEach(call => call());
  }
}

describe('Asker', () => {
  let clock: Clock;
  let asked: object[];
  let answers: ((checks: readonly Check[] | Error) => void)[];
  let heard: Result[];
  let asker: Asker;

  beforeEach(() => {
    clock = new Clock();
    asked = [];
    answers = [];
    heard = [];
    asker = new Asker(
      (_, request) => {
        asked.push(request);
        return new Promise((resolve, reject) => {
          answers.push(answer => (answer instanceof Error ? reject(answer) : resolve(answer)));
        });
      },
      result => heard.push(result),
      clock
    );
  });

  it('asks once for many changes, about the last', () => {
    for (const InstanceType of ['a', 'b', 'c']) {
      asker.ask('CreateApp', { InstanceType });
    }
    expect(asked).toEqual([]);
    clock.ring();
    expect(asked).toEqual([{ InstanceType: 'c' }]);
    expect(heard.at(-1)).toMatchObject({ pending: true, checks: null });
  });

  it('drops an answer to what is no longer asked', async () => {
    asker.ask('CreateApp', { InstanceType: 'a' });
    clock.ring();
    asker.ask('CreateApp', { InstanceType: 'b' });
    clock.ring();
    answers[1]?.([check('ok', 'b fits')]);
    await settle();
    answers[0]?.([check('blocked', 'a does not')]);
    await settle();
    expect(heard.at(-1)).toMatchObject({ checks: [{ message: 'b fits' }], blocked: false, pending: false });
  });

  it('tells what is blocked, keeps it while it asks again, and tells of a failure', async () => {
    asker.ask('CreateApp', {});
    clock.ring();
    answers[0]?.([check('ok', 'fits'), check('blocked', 'quota of 0')]);
    await settle();
    expect(heard.at(-1)?.blocked).toBe(true);
    asker.ask('CreateApp', { InstanceType: 'a' });
    expect(heard.at(-1)).toMatchObject({ blocked: true, pending: true });
    clock.ring();
    answers[1]?.(Object.assign(new Error('nobody answers'), { code: 'Unreachable' }));
    await settle();
    expect(heard.at(-1)).toMatchObject({ problem: { message: 'nobody answers' }, checks: null, blocked: false });
  });

  it('says nothing after it was cancelled', async () => {
    asker.ask('CreateApp', {});
    clock.ring();
    asker.cancel();
    const before = heard.length;
    answers[0]?.([]);
    await settle();
    expect(heard).toHaveLength(before);
  });
});

it('has the worst first', () => {
  const checks = [
    check('ok', '1'),
    check('unknown', '2'),
    check('blocked', '3'),
    check('warning', '4'),
    check('ok', '5')
  ];
  expect(byWeight(checks).map(({ message }) => message)).toEqual(['3', '4', '2', '1', '5']);
});

it('follows only links to pages', () => {
  expect(safeLink('https://console.aws.amazon.com/servicequotas')).not.toBeNull();
  expect(safeLink('javascript:alert(1)')).toBeNull();
  expect(safeLink(null)).toBeNull();
});
