import type { Overview } from '../src/model';
import type { Surroundings } from '../src/alarm';
import { type Glance, Glances } from '../src/places/glances';
import { NO_EXTENSION } from '../src/request';
import { overview, running, settle } from './fixtures';

/** A page whose time goes by only when told. */
class Page implements Surroundings {
  time = 0;
  shown = true;
  private timer: { at: number; call: () => void } | null = null;

  now(): number {
    return this.time;
  }
  visible(): boolean {
    return this.shown;
  }
  setTimeout(call: () => void, milliseconds: number): number {
    this.timer = { at: this.time + milliseconds, call };
    return 1;
  }
  clearTimeout(): void {
    this.timer = null;
  }
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settle();
    while (this.timer && this.timer.at <= end) {
      const { at, call } = this.timer;
      this.timer = null;
      this.time = at;
      call();
      await settle();
    }
    this.time = end;
  }
}

const HOUR = 3_600_000;

describe('Glances', () => {
  let page: Page;
  let answer: Overview | Error;
  let asked: number[];
  let heard: Glance[];
  let glances: Glances;

  beforeEach(() => {
    page = new Page();
    answer = overview();
    asked = [];
    heard = [];
    glances = new Glances(
      () => {
        asked.push(page.time);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      glance => heard.push(glance),
      page
    );
    glances.start();
  });

  it('looks ever more rarely while nothing changes, and soon after a change', async () => {
    answer = overview({ kind: 'aws', running: [running()] });
    await page.pass(HOUR);
    expect(asked.length).toBeLessThan(16);
    expect(asked.at(-1)).toBeGreaterThan(HOUR - 300_001);
    answer = overview({ kind: 'aws', running: [] });
    const before = asked.length;
    await page.pass(400_000);
    expect((asked[before + 1] ?? 0) - (asked[before] ?? 0)).toBe(60_000);
  });

  it('does not keep an engine awake that has nothing to do', async () => {
    await page.pass(24 * HOUR);
    const pauses = asked.slice(1).map((time, index) => time - (asked[index] ?? 0));
    expect(Math.max(...pauses)).toBeGreaterThan(HOUR);
  });

  it('looks at once when something happened, but not more than once a second', async () => {
    await page.pass(5_000);
    const before = asked.length;
    for (let event = 0; event < 50; event += 1) {
      glances.soon();
      await page.pass(20);
    }
    expect(asked.length - before).toBeLessThanOrEqual(2);
    expect(asked.length).toBeGreaterThan(before);
  });

  it('asks for a fresh look when somebody wants one, once', async () => {
    const fresh: boolean[] = [];
    const own = new Glances(
      wanted => {
        fresh.push(wanted);
        return Promise.resolve(overview());
      },
      () => undefined,
      page
    );
    own.start();
    await page.pass(2_000);
    own.soon(true);
    own.soon();
    await page.pass(20_000);
    expect(fresh.slice(0, 3)).toEqual([false, true, false]);
    own.dispose();
  });

  it('looks again for what happened while it looked', async () => {
    let release = (): void => undefined;
    const own = new Glances(
      () => {
        asked.push(page.time);
        return new Promise(resolve => {
          release = () => resolve(overview());
        });
      },
      () => undefined,
      page
    );
    own.start();
    await page.pass(0);
    const before = asked.length;
    own.soon();
    release();
    await page.pass(1_000);
    expect(asked.length).toBe(before + 1);
    own.dispose();
  });

  it('does not look while nobody sees the page, and looks when somebody comes back', async () => {
    await page.pass(0);
    page.shown = false;
    glances.visibilityChanged();
    glances.soon();
    await page.pass(HOUR);
    expect(asked).toEqual([0]);
    page.shown = true;
    glances.visibilityChanged();
    await page.pass(0);
    expect(asked).toEqual([0, HOUR]);
  });

  it('keeps what it knew when nobody answers, and recovers', async () => {
    answer = overview({ running: [running()] });
    await page.pass(0);
    answer = Object.assign(new Error('The Jupyter server does not answer.'), { code: 'ServerUnreachable' });
    await page.pass(30_000);
    expect(heard.at(-1)).toMatchObject({ problem: { code: 'ServerUnreachable' }, overview: { running: [{}] } });
    answer = overview();
    await page.pass(HOUR);
    expect(heard.at(-1)).toMatchObject({ problem: null, overview: { running: [] } });
  });

  it('asks once and never again where there is no server extension', async () => {
    answer = Object.assign(new Error('not there'), { code: NO_EXTENSION });
    await page.pass(HOUR);
    glances.soon();
    glances.visibilityChanged();
    await page.pass(HOUR);
    expect(asked).toEqual([0]);
  });

  it('ends', async () => {
    await page.pass(0);
    glances.dispose();
    glances.soon();
    await page.pass(HOUR);
    expect(asked).toEqual([0]);
  });
});
